/** What may be given for a payload. */

/**
 * A payload `P` as it may be given: what may be `null` may be left out as well, at any depth, and so may the
 * members `K`.
 */
export type Input<P, K extends keyof P = never> = P extends readonly (infer T)[]
  ? number extends P["length"]
    ? // Not mapped as a tuple is: that would look into the elements at once, and JSON has no end.
      Input<T>[]
    : { [I in keyof P]: Input<P[I]> }
  : P extends object
    ? { [N in keyof P as N extends K ? never : null extends P[N] ? never : N]: Input<P[N]> } & {
        [N in keyof P as N extends K ? N : null extends P[N] ? N : never]?: Input<P[N]> | undefined;
      }
    : P;
