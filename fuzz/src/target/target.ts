import type fc from "fast-check";
import type { ByteString } from "../input/byte-string.js";

/** What an input stands for; counted apart. */
export const inputKinds = ["frame", "body", "text", "sequence", "request"] as const;
export type InputKind = (typeof inputKinds)[number];

/** Takes inputs, one after another. */
export interface Taker {
  /** @throws whatever breaks an invariant: an error that no caller should ever see. */
  readonly take: (input: ByteString) => void | Promise<void>;
  readonly close?: () => Promise<void>;
}

/** One decoder of what comes from outside, and what must hold for whatever it is given. */
export interface Target {
  readonly name: string;
  readonly kind: InputKind;
  /** Inputs to begin with: right ones by schema, nearly right ones, and garbage. */
  readonly seeds: fc.Arbitrary<ByteString>;
  /** Where JSON begins in an input, so that it can be changed as a structure too; undefined where there is none. */
  readonly jsonAt?: number;
  /** Words that the decoder knows: put into inputs now and then. */
  readonly words?: readonly string[];
  /** Its share of the time beside other targets; default 1. Frames and bodies, which come from anybody, have more. */
  readonly share?: number;
  /** What may be left of the heap after many inputs, beyond what was there before; default 8 MiB. */
  readonly heapBytesMax?: number;
  /** CPU time that one input may take; default 200 ms. */
  readonly inputMsMax?: number;
  readonly open: () => Taker | Promise<Taker>;
}

/** A decoder that keeps nothing from one input to the next. */
export function stateless(take: (input: ByteString) => void | Promise<void>): () => Taker {
  return () => ({ take });
}
