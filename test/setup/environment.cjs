const { TestEnvironment } = require('jest-environment-node');

/**
 * Jest runs each test file in a realm of its own, while native addons (TensorFlow, DuckDB) and Node's core make
 * typed arrays and errors of the outer realm, which `instanceof` then does not know. So the outer realm's typed arrays
 * stand in for the inner ones, and an inner Error class knows the outer one's errors as its own.
 * Server programs that a failed test left running end with its file.
 */
module.exports = class Environment extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const name of typedArrays) if (globalThis[name]) this.global[name] = globalThis[name];
    for (const name of errors) alsoKnows(this.global[name], globalThis[name]);
    this.started = this.global.startedPrograms = new Set();
  }

  async teardown() {
    for (const child of this.started ?? []) child.kill('SIGKILL');
    await super.teardown();
  }
};

const typedArrays = [
  'ArrayBuffer', 'SharedArrayBuffer', 'DataView', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array',
  'Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array',
];
const errors = ['Error', 'TypeError', 'RangeError', 'SyntaxError', 'ReferenceError', 'AggregateError'];

function alsoKnows(inner, outer) {
  const isInstance = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(inner, Symbol.hasInstance, {
    value(thing) {
      return isInstance.call(this, thing) || (this === inner && isInstance.call(outer, thing));
    },
  });
}
