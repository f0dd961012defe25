// Before the first paint: the language that the address asks for and the theme that was chosen here.
document.documentElement.lang = new URLSearchParams(location.search).get("lang") ?? navigator.language.slice(0, 2);
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // Storage is closed to this page: the system's theme stays.
}
