// A formula is written once, on four lanes. The loop asks for it at width v128; what is left over (n % 4) asks for
// it at width f32, where only the first lane is loaded and stored. So the tail rounds exactly like the body.

/** Four floats, or one float and three zeros. */
export function load<Width>(at: usize): v128 {
  if (isVector<Width>()) return v128.load(at);
  return v128.load32_zero(at);
}

export function store<Width>(at: usize, value: v128): void {
  if (isVector<Width>()) v128.store(at, value);
  else v128.store32_lane(at, value, 0);
}

/** The same number in four lanes; scalars stay f64 until here, so that 1 - beta keeps its digits. */
export function splat(value: f64): v128 {
  return f32x4.splat(f32(value));
}

/** Bytes of the n floats that whole vectors cover. */
export function whole(n: usize): usize {
  return (n >> 2) << 4;
}
