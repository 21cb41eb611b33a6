// Which colours the page has. This is no module: modules run when the page may have been painted already.
{
  const KEY = "chorus.theme";
  const PAGE = { light: "#f4f4f1", dark: "#16181c" };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = /** @type {string | null} */ (null);
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // The browser keeps nothing here.
  }

  const show = () => {
    const theme = chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light";
    document.documentElement.dataset["theme"] = theme;
    document.querySelector('meta[name="color-scheme"]')?.setAttribute("content", theme);
    document.querySelector('meta[name="theme-color"]')?.setAttribute("content", PAGE[theme]);
  };
  show();
  dark.addEventListener("change", show);
  addEventListener("storage", ({ key, newValue }) => {
    if (key !== KEY) return;
    chosen = newValue;
    show();
  });
}
