// The uniform numbers of a row of seeds, those that `generate` draws for it.
//
// Philox of Salmon et al. (2011), "Parallel random numbers: as easy as 1, 2, 3",
// as `tf.random.stateless_uniform(..., alg="philox")` uses it: a first block
// scrambles the pair of seeds into a key and the upper half of the counter.

const ROUNDS = 10;
const MULTIPLIERS = [0xd2511f53n, 0xcd9e8d57n];
const STEPS = [0x9e3779b9, 0xbb67ae85]; // Of the key, from round to round.
const SCRAMBLING_KEY = [0x3ec8f720, 0x02461e29];

// The upper and the lower half of a product of 64 bits.
function product(multiplier, value) {
  const whole = multiplier * BigInt(value);
  return [Number(whole >> 32n), Number(whole & 0xffffffffn)];
}

function block(counter, key) {
  let [a, b, c, d] = counter;
  let [first, second] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const [high, low] = product(MULTIPLIERS[0], a);
    const [otherHigh, otherLow] = product(MULTIPLIERS[1], c);
    [a, b, c, d] = [otherHigh ^ b ^ first, otherLow, high ^ d ^ second, low]
      .map((word) => word >>> 0);
    first = (first + STEPS[0]) >>> 0;
    second = (second + STEPS[1]) >>> 0;
  }
  return [a, b, c, d];
}

// `number` integers of 32 bits for the row `[seed, i]`, both below 2 ** 31.
export function bitsOf([seed, row], number) {
  const [first, second, third, fourth] = block([seed, 0, row, 0], SCRAMBLING_KEY);
  const bits = [];
  for (let i = 0; bits.length < number; i++) {
    bits.push(...block([i, 0, third, fourth], [first, second]));
  }
  return bits.slice(0, number);
}

// As many numbers in (0, 1), by the top 23 bits: see `kerasgen.utils.random`.
export function uniformsOf(seeds, number) {
  return bitsOf(seeds, number).map((word) => ((word >>> 9) + 0.5) * 2 ** -23);
}
