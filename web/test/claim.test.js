import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { claim } from "../js/claim.js";
import { Store } from "../lib/store.js";
import { FakeStorage } from "./fakes.js";

/** Lets one in after the other, as browsers do. */
class FakeLocks {
  #last = Promise.resolve();

  request(_name, work) {
    this.#last = this.#last.then(work);
    return this.#last;
  }
}

describe("A claim", () => {
  it("is given to one tab for each message", async () => {
    const [storage, locks] = [new FakeStorage(), new FakeLocks()];
    const tab = () => new Store(() => storage);
    const [one, two] = [tab(), tab()];
    const given = await Promise.all(["a", "b"].flatMap((id) => [claim(one, id, locks), claim(two, id, locks)]));
    assert.deepEqual(given, [true, false, true, false]);
    assert.equal(await claim(tab(), "a", undefined), false);
  });

  it("does not keep all that there ever was", async () => {
    const storage = new FakeStorage();
    const store = new Store(() => storage);
    for (let i = 0; i < 1000; i++) assert.equal(await claim(store, `message-${i}`, undefined), true);
    assert.ok(storage.getItem("chorus.told").length < 1000);
  });
});
