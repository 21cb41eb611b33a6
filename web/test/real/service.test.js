import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { Chorus, Store } from "../../lib/chorus.js";
import { FakeStorage } from "../fakes.js";
import { Service, skip } from "./programs.js";
import { Proxy } from "./proxy.js";
import { until } from "./until.js";

const SECRET = "what the tokens of this test's product are signed with";

describe("the library with real nodes", { skip }, () => {
  const service = new Service();
  let one, two;

  before(async () => {
    await service.start();
    [one, two] = await Promise.all([service.node(), service.node()]);
  });
  after(() => service.stop());

  /** Somebody in a room. */
  const person = async (t, room, { url }, options) => {
    const storage = new FakeStorage();
    const chorus = new Chorus({ url, store: new Store(() => storage), ...options });
    const states = [];
    chorus.on("state", ({ name }) => states.push(name));
    t.after(() => chorus.stop());
    const joined = chorus.join(room);
    chorus.start();
    await until("they are in the room", () => joined.caughtUp);
    return { chorus, room: joined, states };
  };
  const texts = ({ room }) => room.messages.map(({ text }) => text);
  /** The positions, texts and all else that two have of a room. */
  const agree = (a, b) => assert.deepEqual(a.room.messages, b.room.messages);

  it("is one conversation on two nodes", async (t) => {
    const ann = await person(t, "tea", one, { name: "Ann" });
    const bob = await person(t, "tea", two, { name: "Bob" });
    await until("each sees both", () => [ann, bob].every(({ room }) => room.roster.users?.size === 2));
    ann.room.typing.say();
    await until("Bob sees that Ann writes", () => bob.room.typing.users[0]?.name === "Ann");
    ann.room.send("Tea?");
    await until("Bob hears it", () => texts(bob)[0] === "Tea?");
    assert.deepEqual(bob.room.typing.users, []);
    const [tea] = bob.room.messages;
    bob.room.send("Yes, please.", tea);
    bob.room.outbox.react(tea, "🫖", true);
    await until("Ann is answered", () => ann.room.messages[0].reactions && texts(ann).length === 2);
    ann.room.outbox.edit(tea, "Green tea?");
    await until("it is edited, quoted and all", () => bob.room.messages[1].reply.text === "Green tea?");
    await until("nothing is on its way", () => [ann, bob].every(({ room }) => room.outbox.items.length === 0));
    agree(ann, bob);

    const eve = await person(t, "tea", two, { name: "Eve" });
    agree(eve, bob);
    eve.room.shorten(eve.room.messages[1]);
    await eve.room.loadEarlier();
    agree(eve, bob);
    assert.ok(Math.abs(eve.chorus.clock.offset) < 1000);
  });

  it("loses nothing and says nothing twice, through cut connections and a node that dies", async (t) => {
    const dying = await service.node();
    const way = await new Proxy(dying).start();
    t.after(() => way.stop());
    const ann = await person(t, "storm", way, { name: "Ann" });
    const bob = await person(t, "storm", two, { name: "Bob" });
    const said = [];
    for (let n = 0; n < 200; n++) {
      ann.room.send(`Ann ${n}`);
      bob.room.send(`Bob ${n}`);
      said.push(`Ann ${n}`, `Bob ${n}`);
    }
    for (const heard of [30, 60, 90]) {
      await until(`Ann has said ${heard}`, () => texts(bob).filter((text) => text.startsWith("Ann")).length >= heard);
      way.cut();
    }
    await until("Ann has said 120", () => texts(bob).includes("Ann 120"));
    way.lead(two);
    await dying.end("SIGKILL");
    await until("all is heard by both", () => [ann, bob].every((each) => texts(each).length >= said.length));
    await until("nothing is on its way", () => [ann, bob].every(({ room }) => room.outbox.items.length === 0));
    agree(ann, bob);
    assert.deepEqual(texts(ann).toSorted(), said.toSorted());
    const ofAnn = texts(ann).filter((text) => text.startsWith("Ann"));
    assert.deepEqual(ofAnn, said.filter((text) => text.startsWith("Ann")), "in the order of saying");
    assert.ok(ann.states.filter((state) => state === "waiting").length >= 4, "she was away each time");
  });

  it("goes on at once with another node when its own is stopped", async (t) => {
    const leaving = await service.node();
    const way = await new Proxy(leaving).start();
    t.after(() => way.stop());
    const ann = await person(t, "deploy", way, { name: "Ann" });
    const bob = await person(t, "deploy", two, { name: "Bob" });
    const { node } = ann.chorus.state.welcome;
    way.lead(two);
    const ended = leaving.end("SIGTERM");
    let said = 0;
    while ((ann.chorus.state.welcome?.node ?? node) === node) {
      bob.room.send(`Bob ${said++}`);
      ann.room.send(`Ann ${said++}`);
      await until("it is heard", () => texts(bob).length >= said - 1);
    }
    assert.equal(await ended, 0, "the node has ended well");
    await until("all is heard", () => [ann, bob].every((each) => texts(each).length === said));
    agree(ann, bob);
    assert.deepEqual(ann.states, ["connecting", "open", "waiting", "connecting", "open"]);
  });

  it("shows fresh tokens of a product while somebody moderates", async (t) => {
    const product = await service.node(`--jwt-secret=${SECRET}`, "--ping-interval=1s", "--refresh-grace=10s");
    let given = 0;
    const moderator = () => {
      given++;
      return token({ sub: "ann", name: "Ann", chorus: { rooms: { team: "moderate" } } }, 2);
    };
    const ann = await person(t, "team", product, { token: moderator });
    const bob = await person(t, "team", product, { token: token({ sub: "bob", name: "Bob", chorus: { rooms: { team: "write" } } }, 60) });
    await until("a fresh token was asked for", () => given >= 2);
    await ann.room.moderate("mute", "bob", { seconds: 60, reason: "too loud" });
    assert.deepEqual((await ann.room.sanctions()).map(({ user, kind }) => [user.id, kind]), [["bob", "mute"]]);
    bob.room.send("HELLO");
    await until("Bob is told that he is muted", () => bob.room.outbox.items[0]?.refusal?.code === "forbidden");
    await assert.rejects(bob.room.announce("HELLO"), { name: "ChorusError", code: "forbidden" });
    assert.equal(ann.room.messages[0].act.kind, "mute");
    await until("another one was", () => given >= 3);
    assert.deepEqual(ann.states, ["connecting", "open"], "the session has gone on");
  });
});

/** Signs what a product says of somebody, for some seconds. */
function token(claims, seconds) {
  const encoded = [{ alg: "HS256" }, { ...claims, exp: Math.floor(Date.now() / 1000) + seconds }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${encoded}.${createHmac("sha256", SECRET).update(encoded).digest("base64url")}`;
}
