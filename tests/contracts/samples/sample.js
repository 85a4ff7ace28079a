'use strict';

const fs = require('fs');

const MAX_DEPTH = 8;

/**
 * Walks a directory.
 */
export async function walk(dir) {
  for (const entry of await fs.promises.readdir(dir)) {
    console.log(entry);
  }
}

export const join = (...parts) => parts.join('/');

const debounce = function (run, wait) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, wait);
  };
};

class Queue extends Array {
  #size = 0;

  static of(...items) {
    return new Queue(items);
  }

  get size() {
    return this.#size;
  }

  drain = async () => {
    this.length = 0;
  };
}

Queue.prototype.peek = function () {
  return this[0];
};

module.exports.first = (items) => items[0];

export default function App() {
  return <Panel title="hello">{debounce}</Panel>;
}
