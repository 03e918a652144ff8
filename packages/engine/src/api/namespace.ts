import { limits, Name } from "@capstan/protocol";

const pattern = new RegExp((Name as unknown as { readonly pattern: string }).pattern);

/** Whether a text can be a namespace: letters, digits, `_`, `.` and `-`, at most 200. */
export function isNamespace(text: string): boolean {
  return text.length <= limits.namesBytesMax && pattern.test(text);
}
