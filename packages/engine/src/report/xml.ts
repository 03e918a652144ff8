import { stripVTControlCharacters } from "node:util";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
  "\r": "&#13;",
  "\t": "&#9;",
};
/** What XML 1.0 cannot hold even escaped: control characters, lone surrogates, U+FFFE and U+FFFF. */
// oxlint-disable-next-line no-control-regex
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu;

/** Text of an element, without what XML cannot hold: colours and control characters are left out. */
export function xmlText(text: string): string {
  return clean(text).replace(/[&<>\r]/g, (character) => entities[character]!);
}

/** An attribute with a leading space, or nothing when there is no value; line breaks survive. */
export function xmlAttribute(name: string, value: string | number | undefined): string {
  if (value === undefined) return "";
  const text = typeof value === "number" ? String(value) : clean(value).replace(/[&<>"\n\r\t]/g, (c) => entities[c]!);
  return ` ${name}="${text}"`;
}

export type XmlAttributes = Readonly<Record<string, string | number | undefined>>;

/** The opening tag's inside: the name and its attributes, in their order. */
export function xmlTag(name: string, attributes: XmlAttributes): string {
  let tag = name;
  for (const [attribute, value] of Object.entries(attributes)) tag += xmlAttribute(attribute, value);
  return tag;
}

/** A whole element; `inside` is XML already. */
export function xmlElement(name: string, attributes: XmlAttributes, inside = ""): string {
  const tag = xmlTag(name, attributes);
  return inside === "" ? `<${tag}/>` : `<${tag}>${inside}</${name}>`;
}

function clean(text: string): string {
  return stripVTControlCharacters(text).replace(forbidden, "");
}
