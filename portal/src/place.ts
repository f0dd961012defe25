/** Where things are: the site, its pages and the store, whatever path the site is served under. */

const here = import.meta.url;

/** The site's first page. Scripts are one folder below it: in `assets/` when built, in `src/` while developing. */
export const site = new URL("../", here);

function named(meta: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${meta}"]`)?.content ?? "";
}

/** The store's address, ending in a slash: absolute, or relative to the site; `store/` of the site unless the build says. */
export const store = new URL(`${(named("opendata-store") || "./store").replace(/\/+$/, "")}/`, site);

export type Page = "search" | "status" | "sql";

const PATHS: Record<Page, string> = { search: "./", status: "status/", sql: "sql/" };

/** A page's address in the language of this visit. */
export function pageUrl(page: Page): string {
  return inThisLanguage(new URL(PATHS[page], site));
}

/**
 * The page of a dataset, in the language of this visit. Not `d/<ns>/<name>/`: that one has the dataset's facts in its
 * HTML, but only from the next time that pages are made, and what is listed may be newer.
 */
export function datasetUrl(id: string): string {
  return inThisLanguage(new URL(`d/?id=${id}`, site));
}

/** The object of the store with this key. */
export function objectUrl(key: string): string {
  return new URL(key.split("/").map(encodeURIComponent).join("/"), store).href;
}

function inThisLanguage(url: URL): string {
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked) url.searchParams.set("lang", asked);
  return url.href;
}
