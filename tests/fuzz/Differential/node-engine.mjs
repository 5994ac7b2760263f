// V8 as an engine of the fuzzer: the protocol is described at Worker.cs.
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';

const host = {
  h: {
    i: (x) => (Math.imul(x, 31) + 7) | 0,
    l: (x, y) => BigInt.asIntN(64, (x * 3n) ^ y),
    d: (x, y) => x + y,
    n: (x, i, y) => (i > 0 ? x : y),
    x: (x) => x,
    v: () => {},
  },
};

// What V8 says of a trap, and the kind that Worker.cs has for it.
const kinds = [
  [/^unreachable/, '!unreachable'],
  [/^memory access out of bounds|^operation does not support unaligned|^data segment/, '!memory'],
  [/^table index is out of bounds|^table access out of bounds|^element segment/, '!table'],
  [/^null function or function signature|^function signature mismatch/, '!signature'],
  [/^divide by zero|^remainder by zero/, '!divide'],
  [/^divide result unrepresentable|^float unrepresentable/, '!range'],
  [/^Maximum call stack/, '!stack'],
  [/^dereferencing a null pointer|^array (access|element access) out of bounds/, '!null'],
  [/^illegal cast/, '!cast'],
];

function kindOf(error) {
  if (error instanceof WebAssembly.Exception) return '!exception';
  const message = String(error.message ?? error);
  return kinds.find(([pattern]) => pattern.test(message))?.[1] ?? `!${message}`;
}

function call(f) {
  try {
    const result = f();
    return Array.isArray(result) ? result.join(',') : String(result ?? '');
  } catch (error) {
    return kindOf(error);
  }
}

function digest(memory) {
  const bytes = new Uint8Array(memory.buffer);
  return `${bytes.length}:${createHash('md5').update(bytes).digest('hex')}`;
}

function observe(binary) {
  let instance;
  try {
    instance = new WebAssembly.Instance(new WebAssembly.Module(binary), host);
  } catch (error) {
    return error instanceof WebAssembly.CompileError ? `!refused ${error.message}` : kindOf(error);
  }
  let text = '';
  for (const [name, item] of Object.entries(instance.exports)) {
    if (typeof item === 'function') text += `${name}=${call(item)} `;
    else if (item instanceof WebAssembly.Memory) text += `${name}=${digest(item)} `;
  }
  return text;
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(observe(Buffer.from(line, 'base64')) + '\n');
}
