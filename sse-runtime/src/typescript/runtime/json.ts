/**
 * JSON whose integers keep all their digits: beyond `Number.MAX_SAFE_INTEGER` they are `bigint`s, on the way
 * in and on the way out.
 */

/** No integer with fewer digits is unsafe. */
const MANY_DIGITS = /\d{16}/;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const INTEGER = /^-?\d+$/;

/**
 * Parses a JSON text. An integer literal that is not a safe integer becomes a `bigint`, every other number a
 * `number`.
 *
 * @throws SyntaxError where the text is not JSON.
 */
export function parse(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!MANY_DIGITS.test(text)) return value;
  const mark = unlikely();
  const marked = markIntegers(text, mark);
  if (marked === undefined) return value;
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value,
  );
}

/**
 * The JSON text of a value, in which a `bigint` is an integer; `undefined` where JSON has no such value.
 *
 * @throws TypeError where the value refers to itself.
 */
export function stringify(value: unknown): string | undefined {
  const mark = unlikely();
  let marks = 0;
  // `this` has it as it is: some programs give bigints a `toJSON`, which has been called before this.
  const text = JSON.stringify(value, function (this: Record<string, unknown>, key, value: unknown) {
    const own = this[key];
    const meant = typeof own === "bigint" ? own : value;
    if (typeof meant !== "bigint") return meant;
    marks += 1;
    return `${mark}${meant}`;
  }) as string | undefined;
  return marks === 0 ? text : text?.replace(new RegExp(`"${mark}(-?\\d+)"`, "g"), "$1");
}

/** A text that no other text begins with by chance, nor by design, as it is new each time. */
const unlikely = () => `bigint ${Math.random()} ${Math.random()} `;

/** Makes texts with a mark of the unsafe integers of a JSON text; `undefined` where there are none. */
function markIntegers(text: string, mark: string): string | undefined {
  let marked = "";
  let copied = 0;
  for (let at = 0; at < text.length; ) {
    const char = text.charCodeAt(at);
    if (char === 0x22) {
      at = endOfString(text, at);
    } else if (char === 0x2d || (char >= 0x30 && char <= 0x39)) {
      NUMBER.lastIndex = at;
      const number = NUMBER.exec(text)?.[0] ?? "";
      if (INTEGER.test(number) && !Number.isSafeInteger(Number(number))) {
        marked += `${text.slice(copied, at)}"${mark}${number}"`;
        copied = at + number.length;
      }
      at += number.length;
    } else {
      at += 1;
    }
  }
  return copied === 0 ? undefined : marked + text.slice(copied);
}

/** Where the string that begins at `start` is over. */
function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    let before = end;
    while (text.charCodeAt(before - 1) === 0x5c) before -= 1;
    // After an even number of backslashes the quote is none of the string's content.
    if ((end - before) % 2 === 0) return end + 1;
  }
}
