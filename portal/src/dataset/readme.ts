/** A README as nodes that can do nothing: Markdown to HTML, and of that only text, tables and links to the web. */

import DOMPurify from "dompurify";
import { Marked } from "marked";

const TAGS = [
  "a", "blockquote", "br", "code", "dd", "del", "details", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
  "kbd", "li", "ol", "p", "pre", "strong", "sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
];
const ATTRIBUTES = ["href", "align", "colspan", "rowspan", "start"];
/** Level of the heading above the README; those in it lie below, and none skips a level. */
const SECTION = 2;
const DEEPEST = 6;

/** HTML within the Markdown keeps its tags and none of their attributes: Chromium reports a handler that it blocks. */
const marked = new Marked({
  gfm: true,
  async: false,
  renderer: { html: ({ text }) => text.replace(/<(\/?[a-z][\w-]*)[^>]*(>|$)/gi, "<$1>") },
});

/** The nodes of a README. They are made in a document of its own, so that nothing is requested before it is clean. */
export function readmeFragment(markdown: string): DocumentFragment {
  const fragment = DOMPurify.sanitize(marked.parse(markdown) as string, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOW_ARIA_ATTR: false,
    ALLOW_DATA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of fragment.querySelectorAll("a")) tame(link);
  const headings = [...fragment.querySelectorAll("h1, h2, h3, h4, h5, h6")];
  const names = new Map<string, number>();
  let above = SECTION;
  for (const heading of headings) {
    above = Math.min(DEEPEST, above + 1, Number(heading.tagName.slice(1)) + SECTION);
    heading.replaceWith(lowered(heading, above, names));
  }
  for (const table of fragment.querySelectorAll("table")) wrap(table);
  return fragment;
}

/** A link goes to the web and says nothing of where it comes from; any other link becomes its text. */
function tame(link: HTMLAnchorElement): void {
  const address = link.getAttribute("href") ?? "";
  if (!/^https?:\/\//i.test(address)) link.replaceWith(...link.childNodes);
  else link.setAttribute("rel", "noopener noreferrer nofollow ugc");
}

/** The heading at a level below the page's own, with an id that no other part of the page has. */
function lowered(heading: Element, level: number, names: Map<string, number>): Element {
  const element = heading.ownerDocument.createElement(`h${level}`);
  const name = (heading.textContent ?? "").trim().toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
  const times = names.get(name) ?? 0;
  names.set(name, times + 1);
  element.id = `readme-${name}${times ? `-${times}` : ""}`;
  element.append(...heading.childNodes);
  return element;
}

/** A wide table scrolls by itself, also by keyboard. */
function wrap(table: HTMLTableElement): void {
  const box = table.ownerDocument.createElement("div");
  box.className = "scroll";
  box.tabIndex = 0;
  table.replaceWith(box);
  box.append(table);
}
