extension NodeBootstrap {
  /// The beginning of the program: what it needs, and the time that it shows.
  static let clock = #"""
    'use strict';
    const fs = require('fs');
    const net = require('net');
    const path = require('path');
    const util = require('util');
    const { pathToFileURL } = require('url');

    const RealDate = Date;
    const waits = process.env.LEAT_WAITS === '1';
    const movesClock = process.env.LEAT_MOVES_CLOCK === '1';
    // Milliseconds between the machine's clock and the one that this function is shown.
    let clockOffset = 0;
    function setTime(milliseconds) {
      if (milliseconds !== undefined) clockOffset = Number(milliseconds) - RealDate.now();
    }
    setTime(process.env.LEAT_NOW_MS);
    for (const name of ['LEAT_NOW_MS', 'LEAT_MOVES_CLOCK', 'LEAT_WAITS']) delete process.env[name];

    function now() { return RealDate.now() + clockOffset; }
    function timeText() { return new RealDate(now()).toISOString(); }

    if (movesClock) {
      const moved = new Proxy(RealDate, {
        construct: (target, values, made) =>
          Reflect.construct(target, values.length > 0 ? values : [now()], made),
        apply: () => new RealDate(now()).toString(),
        get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
      });
      RealDate.prototype.constructor = moved;
      globalThis.Date = moved;
    }

    """#
}
