/**
 * Checksum of two pieces from the checksums of each (zlib's crc32_combine): pieces are checked in parallel, then joined.
 * The second piece's length is a power-of-x operator; the last one is kept, since pieces are mostly equally long.
 */
export function createCrcJoin(): (first: number, second: number, secondBytes: number) => number {
  let knownBytes = -1;
  let operator: Uint32Array | undefined;
  return (first, second, secondBytes) => {
    if (secondBytes === 0) return first;
    if (secondBytes !== knownBytes || operator === undefined) {
      operator = shiftOperator(secondBytes);
      knownBytes = secondBytes;
    }
    return (times(operator, first) ^ second) >>> 0;
  };
}

/** The matrix that appends so many zero bytes to a checksum. */
function shiftOperator(bytes: number): Uint32Array {
  let power = oneBit();
  for (let i = 0; i < 3; i++) power = square(power);
  let result: Uint32Array | undefined;
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result ? multiply(power, result) : power;
    power = square(power);
  }
  return result ?? oneBit();
}

/** One zero bit, for the reflected polynomial 0xedb88320. */
function oneBit(): Uint32Array {
  const matrix = new Uint32Array(32);
  matrix[0] = 0xedb8_8320;
  for (let i = 1; i < 32; i++) matrix[i] = 2 ** (i - 1);
  return matrix;
}

function times(matrix: Uint32Array, vector: number): number {
  let sum = 0;
  for (let i = 0, rest = vector >>> 0; rest !== 0; i++, rest >>>= 1) if (rest & 1) sum ^= matrix[i]!;
  return sum >>> 0;
}
const square = (matrix: Uint32Array): Uint32Array => multiply(matrix, matrix);
const multiply = (left: Uint32Array, right: Uint32Array): Uint32Array => right.map((column) => times(left, column));
