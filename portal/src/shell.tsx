/** What every page has around its content: header with navigation, theme and language, and the footer. */

import { type ComponentChildren, render } from "preact";
import { language, otherLanguage, texts } from "./i18n";
import { type Page, pageUrl } from "./place";
import "./styles.css";
import { toggleTheme } from "./theme";

const t = texts({
  en: {
    pages: { search: "Datasets", status: "Coverage status", sql: "SQL console" } satisfies Record<Page, string>,
    skip: "Skip to the content",
    navigation: "Pages",
    theme: "Light or dark",
    other: "中文",
    footer: "Everything here is read straight from the object store; no server stands between.",
  },
  zh: {
    pages: { search: "全部数据集", status: "覆盖状态", sql: "SQL 控制台" },
    skip: "跳到内容",
    navigation: "页面",
    theme: "浅色或深色",
    other: "English",
    footer: "此处的一切都直接读自对象存储，不经过任何服务器。",
  },
});

const PAGES: readonly Page[] = ["search", "status", "sql"];

/** Put a page on the screen; `current` is which one the navigation marks, if it is in it. */
export function show(current: Page | null, title: string, content: ComponentChildren): void {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = title;
  const app = document.getElementById("app");
  if (!app) throw new Error("the page has no #app");
  app.replaceChildren();
  render(<Shell current={current}>{content}</Shell>, app);
}

function Shell({ current, children }: { current: Page | null; children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#content">
        {t.skip}
      </a>
      <header class="top">
        <div class="wide">
          <a class="brand" href={pageUrl("search")}>
            <Mark />
            OpenData
          </a>
          <nav aria-label={t.navigation}>
            {PAGES.map((page) => (
              <a href={pageUrl(page)} aria-current={page === current ? "page" : undefined}>
                {t.pages[page]}
              </a>
            ))}
          </nav>
          <button type="button" class="button" aria-label={t.theme} title={t.theme} onClick={toggleTheme}>
            <span aria-hidden="true">◐</span>
          </button>
          <a
            class="button"
            lang={language === "zh" ? "en" : "zh-CN"}
            href={otherLanguage(location.href)}
            onClick={(event) => {
              // The address may have changed since the header was drawn.
              event.currentTarget.href = otherLanguage(location.href);
            }}
          >
            {t.other}
          </a>
        </div>
      </header>
      <main id="content" class="wide">
        {children}
      </main>
      <footer class="bottom">
        <p class="wide">OpenData · {t.footer}</p>
      </footer>
    </>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" fill="currentColor">
      <rect x="1" y="11" width="4" height="8" />
      <rect x="8" y="6" width="4" height="13" />
      <rect x="15" y="1" width="4" height="18" />
    </svg>
  );
}
