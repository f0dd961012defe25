/** Words of the catalogue that several pages show: frequencies and asset classes. */

import { texts } from "../i18n";

const terms = texts<Record<"frequencies" | "assetClasses", Readonly<Record<string, string>>>>({
  en: {
    frequencies: {
      minutely: "every minute",
      hourly: "hourly",
      daily: "daily",
      weekly: "weekly",
      monthly: "monthly",
      quarterly: "quarterly",
      yearly: "yearly",
      realtime: "real time",
      adhoc: "irregular",
    },
    assetClasses: {
      stock: "Equity",
      etf: "ETF",
      index: "Index",
      futures: "Futures",
      spot: "Spot",
      crypto: "Crypto",
      bond: "Bonds",
      fx: "FX",
      macro: "Macro",
      weather: "Weather",
      health: "Public health",
    },
  },
  zh: {
    frequencies: {
      minutely: "每分钟",
      hourly: "每小时",
      daily: "每日",
      weekly: "每周",
      monthly: "每月",
      quarterly: "每季",
      yearly: "每年",
      realtime: "实时",
      adhoc: "不定期",
    },
    assetClasses: {
      stock: "股票",
      etf: "ETF",
      index: "指数",
      futures: "期货",
      spot: "现货",
      crypto: "加密货币",
      bond: "债券",
      fx: "外汇",
      macro: "宏观",
      weather: "气象",
      health: "公共卫生",
    },
  },
});

/** The name of a frequency; a word that is not known stands for itself. */
export function frequencyName(frequency: string): string {
  return terms.frequencies[frequency] ?? frequency;
}

/** The name of an asset class; a word that is not known stands for itself. */
export function assetClassName(assetClass: string): string {
  return terms.assetClasses[assetClass] ?? assetClass;
}
