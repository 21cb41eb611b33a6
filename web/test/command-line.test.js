import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { addressees, duration, parts } from "../js/command-line.js";

const named = (...names) => names.map((name, i) => ({ id: `id${i}`, name }));
const ids = ({ users }) => users.map(({ id }) => id).join();

describe("A command", () => {
  it("has a name, and what belongs to it", () => {
    assert.deepEqual(parts("/JOIN  Tea-Room "), { name: "join", rest: "Tea-Room" });
    assert.deepEqual(parts("/announce one\ntwo"), { name: "announce", rest: "one\ntwo" });
    assert.deepEqual(parts("/"), { name: "", rest: "" });
  });

  it("is for somebody, whose name may have spaces and an @", () => {
    const users = named("Ann", "Ann Lee", "王伟");
    assert.deepEqual(addressees("@ann lee hello", users), { users: [users[1]], rest: "hello" });
    assert.deepEqual(addressees("Ann hello", users), { users: [users[0]], rest: "hello" });
    assert.deepEqual(addressees("王伟", users), { users: [users[2]], rest: "" });
  });

  it("is for nobody who is called otherwise, and knows when several are called alike", () => {
    assert.equal(ids(addressees("Anna hello", named("Ann", ""))), "");
    assert.equal(addressees("Anna hello", named("Ann")).rest, "Anna hello");
    assert.equal(ids(addressees("bob", named("Bob", "bob", "Eve"))), "id0,id1");
  });

  it("may say how long something holds", () => {
    assert.deepEqual(duration("10m too loud"), { seconds: 600, rest: "too loud" });
    assert.deepEqual(duration("2 H"), { seconds: 7200, rest: "" });
    assert.deepEqual(duration("3天 刷屏"), { seconds: 259_200, rest: "刷屏" });
    assert.deepEqual(duration("1w"), { seconds: 604_800, rest: "" });
    for (const text of ["too loud", "10", "10minutes", ""]) assert.deepEqual(duration(text), { seconds: 0, rest: text }, text);
  });
});
