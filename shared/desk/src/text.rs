//! Text as people type it.

use icu_normalizer::ComposingNormalizerBorrowed;

/// One way to write the same letters, so that equal names are equal.
pub fn normal(text: &str) -> String {
    const NFC: ComposingNormalizerBorrowed<'_> = ComposingNormalizerBorrowed::new_nfc();
    NFC.normalize(text.trim()).into_owned()
}
