import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Store } from "../lib/store.js";
import { FakeStorage } from "./fakes.js";

describe("Store", () => {
  it("keeps apart what several people have on one device", () => {
    const storage = new FakeStorage();
    const [ann, bob] = ["ann:", "bob:"].map((owner) => new Store(() => storage, owner));
    ann.set("chorus.a", "hers");
    bob.set("chorus.b", "his");
    assert.deepEqual([ann.get("chorus.a"), bob.get("chorus.a")], ["hers", null]);
    assert.deepEqual([ann, bob].map((store) => store.keys("chorus.")), [["chorus.a"], ["chorus.b"]]);
    bob.remove("chorus.a");
    assert.equal(ann.get("chorus.a"), "hers");
  });

  it("keeps in memory what the browser does not take", () => {
    const full = new FakeStorage();
    full.setItem("chorus.a", "old");
    full.setItem = () => {
      throw new Error("full");
    };
    const none = () => {
      throw new Error("none");
    };
    for (const storage of [() => full, none]) {
      const store = new Store(storage);
      store.set("chorus.a", "1");
      assert.equal(store.get("chorus.a"), "1");
      assert.deepEqual(store.keys("chorus."), ["chorus.a"]);
      store.remove("chorus.a");
      assert.equal(store.get("chorus.a"), null);
    }
  });
});
