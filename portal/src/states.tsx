/** What stands where something is not to be seen: it loads, is not published yet, is too large, or is broken and why. */

import type { ComponentChildren } from "preact";
import { texts } from "./i18n";
import { StoreError, type Trouble } from "./store";

const t = texts({
  en: {
    loading: "Loading …",
    notPublished: "Not published yet.",
    tooLarge: "Too large to show here.",
    broken: "This could not be shown.",
    troubles: {
      missing: "The file is not in the store.",
      refused: "The store refused to hand the file over.",
      network: "The store could not be reached.",
      unreadable: "The file is damaged or of another format.",
    } satisfies Record<Trouble, string>,
  },
  zh: {
    loading: "加载中……",
    notPublished: "尚未发布。",
    tooLarge: "太大，无法在此显示。",
    broken: "无法显示此内容。",
    troubles: {
      missing: "存储中没有该文件。",
      refused: "存储拒绝提供该文件。",
      network: "无法连接到存储。",
      unreadable: "文件已损坏或格式不同。",
    },
  },
});

export function Loading() {
  return (
    <p class="state" role="status">
      {t.loading}
    </p>
  );
}

/** `children` says what would be here and how it gets here. */
export function NotPublished({ children }: { children?: ComponentChildren }) {
  return (
    <div class="state">
      <p>{t.notPublished}</p>
      {children}
    </div>
  );
}

/** `children` says how large it is and what to do instead. */
export function TooLarge({ children }: { children?: ComponentChildren }) {
  return (
    <div class="state">
      <p>{t.tooLarge}</p>
      {children}
    </div>
  );
}

export function Broken({ error }: { error: Error }) {
  return (
    <div class="state broken" role="alert">
      <p>
        <strong>{t.broken}</strong> {error instanceof StoreError && t.troubles[error.trouble]}
      </p>
      <code>{error.message}</code>
    </div>
  );
}

/** The state of a file that was not read: not published where it is missing, broken otherwise. */
export function Unread({ error }: { error: Error }) {
  return error instanceof StoreError && error.trouble === "missing" ? <NotPublished /> : <Broken error={error} />;
}
