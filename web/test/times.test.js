import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { byService, dayName, goBy } from "../js/times.js";
import { Clock } from "../lib/clock.js";
import { startTime, stopTime } from "./fakes.js";

const DAY = 24 * 60 * 60_000;

describe("Times", () => {
  beforeEach(() => stopTime());
  afterEach(() => {
    startTime();
    goBy(new Clock());
  });

  it("are those of the service, on a device whose clock is two days off", () => {
    const clock = new Clock();
    goBy(clock);
    const said = new Date(Date.now() + 2 * DAY);
    assert.doesNotMatch(dayName(said), /today/i);
    clock.set(said.toISOString(), Date.now());
    assert.match(dayName(said), /today/i);
    assert.match(dayName(new Date(said.getTime() - DAY)), /yesterday/i);
    assert.equal(byService(Date.now()).getTime(), said.getTime(), "what is on its way has the time that it will have");
  });
});
