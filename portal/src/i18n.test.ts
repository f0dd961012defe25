import { expect, test, vi } from "vitest";

vi.stubGlobal("location", { search: "" });
vi.stubGlobal("navigator", { languages: [] });
const { chosen, otherLanguage } = await import("./i18n");

test.each([
  ["?lang=zh", ["en-GB"], "zh"],
  ["?lang=en", ["zh-CN"], "en"],
  ["", ["zh-TW", "en"], "zh"],
  ["", ["fr", "zh-CN"], "zh"],
  ["?lang=fr", ["de"], "en"],
  ["", [], "en"],
] as const)("%j with a browser in %j is shown in %s", (search, browser, language) => {
  expect(chosen(search, browser)).toBe(language);
});

test("the other language keeps the rest of the address", () => {
  expect(otherLanguage("https://data.example/?q=a%20b&lang=en#x")).toBe("https://data.example/?q=a+b&lang=zh#x");
});
