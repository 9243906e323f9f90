//! Handlers of Rust servers: functions with `#[tool]` of rmcp, and the structs that they take.

use super::code::{Call, Code, Literal};
use super::data::{Data, MAX_DEPTH};
use super::model::{Body, Handler, HandlerKind, Hint, Parameter, Prose};
use super::schema::{Additional, Bound, Schema, Types};
use super::{Input, MAX_HANDLERS};
use crate::lower::{ClassId, ExprId, ExprKind, Function, FunctionId, Module, Param, ParamKind, UnaryOp};
use crate::text::Span;

/// Types that the framework fills in.
const GIVEN_TYPES: &[&str] = &["RequestContext", "Peer", "Extension", "Extensions", "CancellationToken", "Meta"];

/// Handlers of a module.
pub(super) fn find(module: &Module<'_>) -> Vec<Handler> {
    let code = Code::new(module, made);
    let mut found = Vec::new();
    for (at, it) in (0_u32..).zip(&module.functions) {
        if found.len() > MAX_HANDLERS {
            break;
        }
        let attribute = it.decorators.iter().find_map(|attribute| kind_of(&code, *attribute));
        if let Some((kind, call)) = attribute {
            found.push(handler(&code, FunctionId(at), it, kind, call));
        }
    }
    found
}

/// Whether an attribute is `#[tool]` or `#[prompt]`, with what it says.
fn kind_of<'m, 'a>(code: &'m Code<'m, 'a>, attribute: ExprId) -> Option<(HandlerKind, Option<Call<'m, 'a>>)> {
    let call = code.call(attribute);
    let path = code.module.path(call.map_or(attribute, |call| call.callee));
    let kind = match path.rsplit('.').next()? {
        "tool" => HandlerKind::Tool,
        "prompt" => HandlerKind::Prompt,
        _ => return None,
    };
    // `#[tool(tool_box)]` stands above the whole of them.
    let is_of_box = call.is_some_and(|call| {
        call.args.iter().any(|arg| matches!(code.module.kind(arg.value), ExprKind::Name("tool_box" | "aggr" | "param")))
    });
    (!is_of_box).then_some((kind, call))
}

fn handler(
    code: &Code<'_, '_>,
    id: FunctionId,
    it: &Function<'_>,
    kind: HandlerKind,
    call: Option<Call<'_, '_>>,
) -> Handler {
    let whole = call.map_or(it.span, |call| {
        let call = code.module.span(call.id);
        Span::new(call.start.min(it.span.start), call.end.max(it.span.end))
    });
    let mut handler = Handler::new(kind, it.name_span, whole);
    let said = |name: &str| call.and_then(|call| call.keyword(&[name]));
    handler.name = said("name").and_then(|it| code.prose(it));
    if let Some(span) = handler.name.as_ref().and_then(Prose::span) {
        handler.span = span;
    }
    handler.name = handler.name.take().or_else(|| it.name.map(|name| Prose::plain(name, it.name_span)));
    handler.title = said("title").and_then(|it| code.prose(it));
    handler.description = said("description").and_then(|it| code.prose(it)).or_else(|| code.comment(it.doc_comment));
    let annotations = call.and_then(|call| {
        let mut calls = call.args.iter().filter_map(|arg| code.call(arg.value));
        calls.find(|inner| code.method(inner.callee).is_some_and(|(_, name)| name == "annotations"))
    });
    if let Some(annotations) = annotations {
        handler.has_annotations = true;
        for arg in annotations.args {
            let (Some(name), value) = (arg.name, code.literal(arg.value)) else { continue };
            match value.truth() {
                Some(truth) => {
                    let name = camel(name);
                    handler.annotations.push(Hint { name, value: truth, span: value.span() });
                }
                None if name == "title" => handler.title = handler.title.take().or_else(|| value.text()),
                None => {}
            }
        }
    }
    handler.input = Input::Declared;
    for (at, param) in (0_u32..).zip(&it.params) {
        let Some(hint) = param.annotation.filter(|_| param.kind != ParamKind::Receiver) else { continue };
        let base = base_of(code, hint);
        if GIVEN_TYPES.contains(&base.as_str()) {
            continue;
        }
        handler.tainted.push(at);
        take(code, &mut handler, param, hint, &base);
    }
    handler.body = Body::Function(id);
    handler
}

/// What one parameter of the function adds to the input: a struct's fields, or itself.
fn take(code: &Code<'_, '_>, handler: &mut Handler, param: &Param<'_>, hint: ExprId, base: &str) {
    let wrapped = matches!(base, "Parameters" | "Json");
    let inner = match code.module.kind(hint) {
        ExprKind::Index { index, .. } if wrapped => index,
        _ => hint,
    };
    let schema = of_type(code, inner, 0);
    if wrapped || !schema.properties.is_empty() {
        if schema.types.is_empty() || schema.properties.is_empty() {
            handler.input = Input::Unknown;
        }
        handler.parameters.extend(schema.properties);
        return;
    }
    let Some(name) = param.name else { return };
    handler.parameters.push(Parameter {
        name: Prose::plain(name, param.span),
        span: param.span,
        description: None,
        is_required: !base_of(code, hint).eq("Option"),
        default: None,
        schema,
    });
}

/// The last name of a type without its arguments.
fn base_of(code: &Code<'_, '_>, hint: ExprId) -> String {
    let mut id = hint;
    for _ in 0..4 {
        id = match code.module.kind(id) {
            ExprKind::Unary { op: UnaryOp::Reference, operand } => operand,
            ExprKind::Index { base, .. } => base,
            _ => break,
        };
    }
    let path = code.module.path(id);
    path.rsplit(['.', '#', '?']).next().unwrap_or_default().to_owned()
}

fn of_type(code: &Code<'_, '_>, hint: ExprId, depth: u32) -> Schema {
    if depth >= MAX_DEPTH || !code.budget.take() {
        return Schema::unknown();
    }
    match code.module.kind(hint) {
        ExprKind::Unary { op: UnaryOp::Reference, operand } => of_type(code, operand, depth + 1),
        ExprKind::Index { index, .. } => {
            let args = match code.module.kind(index) {
                ExprKind::List(list) => code.module.exprs_of(list).to_vec(),
                _ => vec![index],
            };
            let inner = |at: usize| args.get(at).map_or_else(Schema::unknown, |it| of_type(code, *it, depth + 1));
            match base_of(code, hint).as_str() {
                "Option" => inner(0).or(Schema::of(Types::NULL)),
                "Box" | "Arc" | "Rc" | "Cow" => inner(args.len().saturating_sub(1)),
                "Vec" | "HashSet" | "BTreeSet" | "VecDeque" => Schema::list_of(inner(0)),
                "HashMap" | "BTreeMap" | "Map" | "IndexMap" => Schema::map_of(&inner(1)),
                _ => Schema::unknown(),
            }
        }
        _ => match code.class(hint) {
            Some(class) => of_struct(code, class, depth + 1),
            None => named(&base_of(code, hint)),
        },
    }
}

fn named(name: &str) -> Schema {
    match name {
        "String" | "str" | "char" => Schema::of(Types::STRING),
        "bool" => Schema::of(Types::BOOLEAN),
        "f32" | "f64" => Schema::of(Types::NUMBER),
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => Schema::of(Types::INTEGER),
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => {
            Schema { minimum: Some(Bound::At(0.0)), ..Schema::of(Types::INTEGER) }
        }
        "Value" => Schema::anything(),
        "JsonObject" => Schema::map_of(&Schema::anything()),
        "PathBuf" | "Path" => Schema::formatted("path"),
        "Uuid" => Schema::formatted("uuid"),
        "Url" => Schema::formatted("uri"),
        "DateTime" => Schema::formatted("date-time"),
        _ => Schema::unknown(),
    }
}

fn of_struct(code: &Code<'_, '_>, class: ClassId, depth: u32) -> Schema {
    let Some(it) = code.module.class(class) else { return Schema::unknown() };
    // An enum has variants in place of typed fields.
    if it.fields.is_empty() || it.fields.iter().any(|field| field.annotation.is_none()) {
        return Schema::unknown();
    }
    let serde = attributes(code, &it.decorators, "serde");
    let is_camel = serde.iter().any(|call| {
        let style = call.keyword(&["rename_all"]).and_then(|it| code.name(it));
        style.is_some_and(|style| style.text == "camelCase")
    });
    let mut out = Schema::of(Types::OBJECT);
    if serde.iter().any(|call| has_word(code, call, "deny_unknown_fields")) {
        out.additional = Additional::Closed;
    }
    for field in &it.fields {
        let Some(hint) = field.annotation else { continue };
        let own = code.module.exprs_of(field.decorators);
        let serde = attributes(code, own, "serde");
        if serde.iter().any(|call| has_word(code, call, "skip")) {
            continue;
        }
        let rename = serde.iter().find_map(|call| code.name(call.keyword(&["rename"])?));
        let plain = if is_camel { camel(field.name) } else { field.name.to_owned() };
        let mut schema = of_type(code, hint, depth + 1);
        let schemars = attributes(code, own, "schemars");
        let validate = attributes(code, own, "validate");
        schemars.iter().chain(&validate).for_each(|call| limits(code, call, &mut schema));
        let said = schemars.iter().find_map(|call| code.prose(call.keyword(&["description"])?));
        let has_default =
            serde.iter().any(|call| has_word(code, call, "default") || call.keyword(&["default"]).is_some());
        out.properties.push(Parameter {
            name: rename.unwrap_or_else(|| Prose::plain(&plain, field.span)),
            span: field.span,
            description: said.or_else(|| code.comment(field.doc_comment)),
            is_required: !has_default && base_of(code, hint) != "Option",
            default: None,
            schema,
        });
    }
    out
}

/// The attributes of one name: `#[serde(…)]`.
fn attributes<'m, 'a>(code: &'m Code<'m, 'a>, all: &[ExprId], name: &str) -> Vec<Call<'m, 'a>> {
    let calls = all.iter().filter_map(|attribute| code.call(*attribute));
    calls.filter(|call| code.method(call.callee).is_some_and(|(_, known)| known == name)).collect()
}

/// Whether an attribute holds a word. Words that are also keywords (`default`) are no expressions.
fn has_word(code: &Code<'_, '_>, call: &Call<'_, '_>, word: &str) -> bool {
    let text = code.module.span(call.id).slice(code.module.text).unwrap_or_default();
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word)
}

/// `length(max = 8)`, `range(min = 1, max = 9)`, `regex(…)`.
fn limits(code: &Code<'_, '_>, attribute: &Call<'_, '_>, schema: &mut Schema) {
    for arg in attribute.args {
        let Some(call) = code.call(arg.value) else { continue };
        let bound = |name: &str| {
            let value = call.keyword(&[name])?;
            Some(code.literal(value).number().map_or(Bound::Somewhere, Bound::At))
        };
        match code.method(call.callee).map_or("", |it| it.1) {
            "length" if schema.types.has(Types::ARRAY) => {
                (schema.min_items, schema.max_items) = (bound("min"), bound("max"));
            }
            "length" => (schema.min_length, schema.max_length) = (bound("min"), bound("max")),
            "range" => {
                schema.minimum = bound("min").or(schema.minimum);
                schema.maximum = bound("max");
            }
            "regex" => schema.pattern = Some(String::new()),
            _ => {}
        }
    }
}

/// `read_only_hint` as the protocol spells it.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut chars = word.chars();
        out.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(chars.as_str());
    }
    out
}

/// Schemas are types here.
fn made(_value: Literal<'_, '_>, _depth: u32) -> Option<Schema> {
    None
}

#[cfg(test)]
mod tests {
    use crate::deployment::tools::testing::lines;
    use crate::document::Language;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(lines(Language::Rust, "main.rs", text), expected, "{text}");
    }

    #[test]
    fn attributes_register_tools() {
        check(
            "#[derive(Deserialize, JsonSchema)]\n#[serde(rename_all = \"camelCase\")]\nstruct Args {\n    /// Where.\n    file_path: String,\n    #[serde(default)]\n    depth: u32,\n    #[schemars(length(max = 3))]\n    tags: Vec<String>,\n    more: Option<serde_json::Value>,\n}\n#[tool_router]\nimpl Server {\n    /// Reads.\n    #[tool(name = \"read\", annotations(read_only_hint = true))]\n    async fn read_it(&self, Parameters(args): Parameters<Args>, context: RequestContext<RoleServer>) -> String { run(args) }\n    #[tool(description = \"Adds\")]\n    fn add(&self, Parameters(Elsewhere { a }): Parameters<Elsewhere>) -> String { a }\n    fn helper(&self) {}\n}\n",
            &["tool read(filePath: string!, depth: integer, tags: string[]!, more: anything)", "tool add()"],
        );
    }
}
