import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";

import { MOST, STEP, Stretch } from "../js/stretch.js";
import { message } from "./fakes.js";

/** A room with messages, and a list that shows some of them. */
let room, shown, most, view;

beforeEach(() => {
  room = {
    messages: [],
    shorten: ({ seq }) => (room.messages = room.messages.filter((each) => each.seq >= seq)),
  };
  shown = [];
  most = 0;
  const show = (messages) => {
    shown = messages;
    most = Math.max(most, shown.length);
  };
  view = {
    append: (messages) => show([...shown, ...messages]),
    prepend: (messages) => show([...messages, ...shown]),
    dropFirst: (count) => show(shown.slice(count)),
    dropLast: (count) => show(shown.slice(0, shown.length - count)),
    clear: () => show([]),
  };
});

function fill(from, to) {
  for (let seq = from; seq <= to; seq++) room.messages.push(message(seq));
}

function hear(stretch, seq, follows) {
  room.messages.push(message(seq));
  stretch.add(room.messages.at(-1), () => follows);
}

/** The first and the last message that is shown, after a check that those between them are. */
function ends() {
  for (const [i, { seq }] of shown.entries()) assert.equal(seq, shown[0].seq + i);
  return [shown[0]?.seq, shown.at(-1)?.seq];
}

describe("Stretch", () => {
  it("begins with the newest messages", () => {
    fill(1, 10_000);
    const stretch = new Stretch(room, view);
    assert.deepEqual(ends(), [10_000 - MOST + STEP + 1, 10_000]);
    assert.ok(stretch.atEnd && !stretch.atBeginning);
    room.messages = [];
    assert.ok(new Stretch(room, view).atBeginning);
  });

  it("goes through ten thousand messages and back, and never shows many", () => {
    fill(1, 10_000);
    const stretch = new Stretch(room, view);
    while (stretch.showEarlier()) assert.ok(!stretch.atEnd || shown.length < MOST + STEP);
    assert.deepEqual(ends(), [1, MOST]);
    assert.ok(stretch.atBeginning && !stretch.atEnd);
    while (!stretch.atEnd) stretch.showLater();
    assert.deepEqual(ends(), [10_000 - MOST + 1, 10_000]);
    assert.ok(most <= MOST + STEP, `${most} at once`);
  });

  it("follows what is said, and lets the room forget what is old", () => {
    const stretch = new Stretch(room, view);
    for (let seq = 1; seq <= 10_000; seq++) hear(stretch, seq, true);
    assert.equal(shown.at(-1).seq, 10_000);
    assert.ok(most <= MOST + 1 && room.messages.length <= MOST, `${most} shown, ${room.messages.length} kept`);
    ends();
  });

  it("waits with what is new for whoever reads back", () => {
    fill(1, MOST);
    const stretch = new Stretch(room, view);
    stretch.showEarlier();
    for (let seq = MOST + 1; seq <= MOST + 250; seq++) hear(stretch, seq, false);
    assert.deepEqual(ends(), [1, MOST]);
    assert.ok(!stretch.atEnd);
    stretch.showLater();
    assert.deepEqual(ends(), [STEP + 1, MOST + STEP]);
    stretch.showNewest();
    assert.equal(ends()[1], MOST + 250);
    assert.ok(stretch.atEnd);
  });

  it("leads to a message that is far away, and stays where that is in it", () => {
    fill(1, 5000);
    const stretch = new Stretch(room, view);
    stretch.showAround(100);
    assert.deepEqual(ends(), [1, MOST]);
    stretch.showAround(2);
    assert.deepEqual(ends(), [1, MOST]);
    stretch.showAround(2500);
    assert.deepEqual(ends(), [2500 - MOST / 2, 2500 + MOST / 2 - 1]);
    assert.ok(!stretch.atEnd && !stretch.atBeginning);
  });

  it("has nothing after a reset, and goes on", () => {
    fill(1, 1000);
    const stretch = new Stretch(room, view);
    stretch.showEarlier();
    stretch.showEarlier();
    room.messages = [];
    stretch.clear();
    assert.deepEqual(shown, []);
    hear(stretch, 1, false);
    assert.deepEqual(ends(), [1, 1]);
    assert.ok(stretch.atEnd && stretch.atBeginning);
  });

  it("tells when something else is shown", () => {
    fill(1, 1000);
    let told = 0;
    const stretch = new Stretch(room, view, () => told++);
    for (const act of [() => stretch.showEarlier(), () => stretch.showEarlier(), () => stretch.showNewest(), () => stretch.showAround(1), () => stretch.showLater()]) {
      told = 0;
      act();
      assert.equal(told, 1, String(act));
    }
  });
});
