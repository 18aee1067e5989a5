// The time that a reader looks at a step, in seconds; while the page is hidden it stands still.

export class Watch {
  constructor() {
    this.start();
    document.addEventListener("visibilitychange", () => (document.hidden ? this.hold() : this.go()));
  }

  start() {
    this.passed = 0;
    this.since = document.hidden ? null : performance.now();
  }

  hold() {
    this.passed = this.milliseconds();
    this.since = null;
  }

  go() {
    this.since ??= performance.now();
  }

  milliseconds() {
    return this.passed + (this.since === null ? 0 : performance.now() - this.since);
  }

  seconds() {
    return Math.round(this.milliseconds() / 10) / 100;
  }
}
