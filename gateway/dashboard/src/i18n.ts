import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "~/locales/en.json";

/**
 * The English sentence is the key, as in gettext: what a page says can be read where it says it.
 * `locales/<language>.json` holds translations, `en.json` only what depends on a number.
 */
export async function startTexts(language = "en"): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: "en",
    resources: { en: { translation: en } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    returnEmptyString: false,
  });
}
