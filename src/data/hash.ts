/**
 * 64-bit hash of byte strings as 16 hexadecimal digits. It tells whether data changed; it does not resist an attacker.
 * Two multiply-xor lanes and the final mix of cyrb53 (bryc, public domain). Our own and not WebCrypto, because that one
 * is asynchronous and absent from pages served without https. About 1.5 ns per byte. Parts are hashed with their
 * lengths, so that moving a byte from one part to the next is a change.
 */
export function hashBytes(parts: readonly Uint8Array[]): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (const part of parts) {
    a = Math.imul(a ^ part.length, 2654435761);
    b = Math.imul(b ^ part.length, 1597334677);
    // By index: an iterator takes three times as long, and this sees all of MNIST.
    for (let i = 0; i < part.length; i++) {
      const byte = part[i] ?? 0;
      a = Math.imul(a ^ byte, 2654435761);
      b = Math.imul(b ^ byte, 1597334677);
    }
  }
  const high = mix(b, a);
  const low = mix(a, b);
  return hex(high) + hex(low);
}

function mix(value: number, other: number): number {
  return Math.imul(value ^ (value >>> 16), 2246822507) ^ Math.imul(other ^ (other >>> 13), 3266489909);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
