/**
 * The service's clock. That of a device may be minutes off, or hours, and what is said has the times of the
 * service: what is compared with those is compared by this.
 */
export class Clock {
  /** How much later it is for the service than for this device, in milliseconds. */
  offset = 0;

  /** What time it is. */
  now() {
    return new Date(Date.now() + this.offset);
  }

  /**
   * Sets it by what a node has answered.
   *
   * @param {string} time at the node
   * @param {number} asked when it was asked, by this device
   */
  set(time, asked) {
    const there = Date.parse(time);
    const here = Date.now();
    // It was said somewhere in between.
    this.offset = there > here || there < asked ? there - (asked + here) / 2 : 0;
  }
}
