//! The house's placeholders `?1` as PostgreSQL writes them, `$1`.

use crate::store::Value;

/// By what a prepared statement is found again: its text, and the types its values have.
pub(super) fn key(sql: &str, values: &[Value]) -> String {
    let types = values.iter().map(|value| match value {
        Value::Null => 'n',
        Value::Int(_) => 'i',
        Value::Text(_) => 't',
    });
    let mut key = String::with_capacity(sql.len() + values.len() + 1);
    key.push_str(sql);
    key.push('\0');
    key.extend(types);
    key
}

/// The statement for PostgreSQL, and how many values it wants. What stands in quotes is left as it is.
pub(super) fn translate(sql: &str) -> (String, usize) {
    let mut text = String::with_capacity(sql.len());
    let mut count = 0;
    let mut quote = None;
    let mut characters = sql.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, '?') => {
                let mut number = 0_usize;
                while let Some(digit) = characters.peek().and_then(|next| next.to_digit(10)) {
                    number = number.saturating_mul(10).saturating_add(digit as usize);
                    characters.next();
                }
                count = count.max(number);
                text.push('$');
                text.push_str(&number.to_string());
                continue;
            }
            _ => {}
        }
        text.push(character);
    }
    (text, count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values;

    #[test]
    fn placeholders_are_translated_outside_of_quotes() {
        let told = translate("SELECT '?1', \"?2\", 'it''s ?3' FROM t WHERE a = ?2 AND b = ?12 OR c = ?2||'?'");
        assert_eq!(told.0, "SELECT '?1', \"?2\", 'it''s ?3' FROM t WHERE a = $2 AND b = $12 OR c = $2||'?'");
        assert_eq!((told.1, translate("SELECT 1").1), (12, 0));
    }

    #[test]
    fn a_statement_is_kept_by_the_types_of_its_values() {
        let key = |values: &[Value]| key("x", values);
        assert_eq!(key(&values![1, "a", None::<i64>]), key(&values![2, "b", None::<&str>]));
        assert_ne!(key(&values![1, "a"]), key(&values!["a", 1]));
    }
}
