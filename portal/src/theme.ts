/** Light and dark: the system's theme until the visitor chooses; `public/first.js` applies the choice before the first paint. */

export type Theme = "light" | "dark";

const root = document.documentElement;
const changes = new EventTarget();

export function theme(): Theme {
  const chosen = root.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export function toggleTheme(): void {
  const next = theme() === "dark" ? "light" : "dark";
  root.dataset.theme = next;
  try {
    localStorage.setItem("theme", next);
  } catch (error) {
    console.info("the theme is kept for this page only", error);
  }
  changes.dispatchEvent(new Event("change"));
}

/** Call `listener` whenever another theme is shown, for what CSS cannot colour; returns how to stop. */
export function onTheme(listener: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  changes.addEventListener("change", listener);
  system.addEventListener("change", listener);
  return () => {
    changes.removeEventListener("change", listener);
    system.removeEventListener("change", listener);
  };
}
