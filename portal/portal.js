// Lists the datasets of index.json. `?store=` names another store, `?lang=zh` the language.

const TEXTS = {
  en: { dataset: "Dataset", rows: "Rows", bytes: "Size", through: "Data through", updated: "Published", license: "Licence",
        loading: "Loading …", empty: "Nothing has been published yet. Run make demo, then reload.",
        broken: "The index could not be read: ", sandbox: "made from sandbox data", locale: "en-GB" },
  zh: { dataset: "数据集", rows: "行数", bytes: "大小", through: "数据截至", updated: "发布时间", license: "许可",
        loading: "加载中……", empty: "尚未发布任何数据。先运行 make demo，再刷新本页。",
        broken: "无法读取索引：", sandbox: "由沙盒数据生成", locale: "zh-CN" },
};
const LANGUAGES = { en: "English", zh: "中文" };

const query = new URLSearchParams(location.search);
const wanted = query.get("lang") ?? navigator.language.slice(0, 2);
const language = wanted in TEXTS ? wanted : "en";
const text = TEXTS[language];
const store = (query.get("store") ?? "../.opendata/storage").replace(/\/$/, "");
const state = document.getElementById("state");

function cell(row, content, name) {
  const td = row.insertCell();
  td.textContent = content;
  if (name) td.className = name;
  return td;
}

function size(bytes) {
  const unit = Math.min(4, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const number = (bytes / 1000 ** unit).toLocaleString(text.locale, { maximumFractionDigits: unit ? 1 : 0 });
  return `${number} ${["B", "kB", "MB", "GB", "TB"][unit]}`;
}

async function entries() {
  const read = async (key) => {
    const answer = await fetch(`${store}/${key}`);
    if (answer.status === 404 && key === "index.json") return { datasets: [] };
    if (!answer.ok) throw new Error(`${key}: HTTP ${answer.status}`);
    return answer.json();
  };
  const index = await read("index.json");
  const shards = await Promise.all((index.shards ?? []).map((shard) => read(shard.key)));
  return [index, ...shards].flatMap((part) => part.datasets);
}

function show(entry) {
  const row = document.getElementById("datasets").insertRow();
  const first = cell(row, (language === "zh" && entry.title_zh) || entry.title);
  const id = document.createElement("code");
  id.textContent = entry.id;
  first.append(document.createElement("br"), id);
  if (entry.sandbox) {
    const note = document.createElement("span");
    note.className = "note";
    note.textContent = ` · ${text.sandbox}`;
    first.append(note);
  }
  cell(row, entry.row_count.toLocaleString(text.locale), "number");
  cell(row, size(entry.bytes), "number");
  cell(row, (entry.max_date ?? "–").slice(0, 10));
  cell(row, new Date(entry.last_updated_at).toLocaleString(text.locale));
  cell(row, entry.license);
}

document.documentElement.lang = language;
for (const [code, name] of Object.entries(LANGUAGES)) {
  const link = document.createElement("a");
  link.href = `?${new URLSearchParams({ ...Object.fromEntries(query), lang: code })}`;
  link.lang = code;
  link.textContent = name;
  document.getElementById("languages").append(link, " ");
}
for (const column of ["dataset", "rows", "bytes", "through", "updated", "license"]) {
  const th = document.createElement("th");
  th.scope = "col";
  th.textContent = text[column];
  if (column === "rows" || column === "bytes") th.className = "number";
  document.getElementById("head").append(th);
}
state.textContent = text.loading;
try {
  const datasets = await entries();
  datasets.forEach(show);
  document.querySelector("table").hidden = datasets.length === 0;
  state.textContent = datasets.length === 0 ? text.empty : "";
} catch (error) {
  state.textContent = text.broken + error.message;
}
