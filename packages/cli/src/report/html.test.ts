import { describe, expect, test } from "vitest";
import { Html, html, linesHtml, nameHtml } from "./html.js";

describe("markup from a template", () => {
  test("escapes what is put in, in content and attributes, unless it is markup", () => {
    const name = `"><script>alert('1')</script>&amp;`;
    expect(html`<p title="${name}">${name}</p>`.text).toBe(
      `<p title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;">&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;</p>`,
    );
    expect(html`${[new Html("<b>"), "<b>", 7, undefined, false, ["<i>"]]}`.text).toBe("<b>&lt;b&gt;7&lt;i&gt;");
  });

  test("isolates a name, and takes from it what moves a cursor", () => {
    expect(nameHtml("a\n\u001b[31mb\u001b[2Jc\u0007").text).toBe("<bdi>a bc</bdi>");
  });

  test("keeps the lines and spaces of an output", () => {
    expect(linesHtml(["  a\tb", "<c>\u001b[1m\u0000"]).text).toBe("<pre>  a\tb\n&lt;c&gt;\n</pre>");
  });
});
