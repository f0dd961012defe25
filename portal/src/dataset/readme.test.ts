// @vitest-environment jsdom
import { expect, test } from "vitest";
import { readmeFragment } from "./readme";

function html(markdown: string): string {
  const box = document.createElement("div");
  box.append(readmeFragment(markdown));
  return box.innerHTML.trim();
}

test.each([
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "![x](https://evil.example/x.png)",
  "<iframe src=https://evil.example></iframe>",
  "<form action=https://evil.example><input name=q><button>go</button></form>",
  "<style>*{background:url(https://evil.example)}</style>",
  "<svg onload=alert(1)><use href=https://evil.example/x.svg#y /></svg>",
  "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
  '<p style="background:url(https://evil.example)" onclick="alert(1)" class="x" id="store">text</p>',
  "<video src=https://evil.example/x.mp4 autoplay></video>",
  "<object data=https://evil.example></object><embed src=https://evil.example>",
  "<base href=https://evil.example><link rel=stylesheet href=https://evil.example><meta http-equiv=refresh content=0>",
])("nothing runs and nothing is requested: %s", (markdown) => {
  const box = document.createElement("div");
  box.append(readmeFragment(markdown));
  const allowed = new Set(["P", "DIV", "TABLE", "TBODY", "TR", "TD"]);
  expect([...box.querySelectorAll("*")].map((element) => element.tagName).filter((tag) => !allowed.has(tag))).toEqual([]);
  expect(box.innerHTML).not.toMatch(/evil|alert|style=|id=|class="x"|on\w+=/);
});

test.each([
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](data:text/html,<script>alert(1)</script>)",
  "[x](//evil.example)",
  "[x](../index.json)",
  "[x](#id)",
  '<a href="&#106;avascript:alert(1)">x</a>',
])("a link that does not go to the web is text: %s", (markdown) => expect(html(markdown)).toMatch(/^<p>x(\)<\/p>)?/));

test("a link to the web says nothing of where it comes from", () => {
  expect(html("[x](https://example.org/a?b=1)")).toBe(
    '<p><a href="https://example.org/a?b=1" rel="noopener noreferrer nofollow ugc">x</a></p>',
  );
});

test("headings lie below the page's, with ids of their own", () => {
  expect(html("# Known gaps 已知缺口\n## Caveats\n## Caveats")).toBe(
    '<h3 id="readme-known-gaps-已知缺口">Known gaps 已知缺口</h3>\n<h4 id="readme-caveats">Caveats</h4>\n' +
      '<h4 id="readme-caveats-1">Caveats</h4>',
  );
});

test("a table can be scrolled by keyboard", () => {
  expect(html("|a|b|\n|-|-|\n|1|2|")).toMatch(/^<div class="scroll" tabindex="0"><table>/);
});
