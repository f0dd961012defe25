/** The language of this visit, and texts in both. What each page says is in `src/texts/`. */

export type Language = "en" | "zh";

/** `?lang=` decides, then the browser; English where it is neither. */
export const language: Language = chosen(location.search, navigator.languages);

export function chosen(search: string, browser: readonly string[]): Language {
  const asked = [new URLSearchParams(search).get("lang"), ...browser];
  const known = asked.map((tag) => tag?.slice(0, 2).toLowerCase()).find((tag) => tag === "en" || tag === "zh");
  return known ?? "en";
}

export const locale = { en: "en-GB", zh: "zh-CN" }[language];

/** The texts of this visit's language; that both have the same ones is checked by their type. */
export function texts<T>(both: { en: T; zh: NoInfer<T> }): T {
  return both[language];
}

/** Of a text that comes in English and perhaps in Chinese, the one to show. */
export function said(en: string, zh: string | null | undefined): string {
  return language === "zh" && zh ? zh : en;
}

/** This address in the other language. */
export function otherLanguage(href: string): string {
  const url = new URL(href);
  url.searchParams.set("lang", language === "en" ? "zh" : "en");
  return url.href;
}
