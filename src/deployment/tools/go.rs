//! Handlers of Go servers: `mcp.NewTool(…)` of mcp-go and `mcp.Tool{…}` of the official SDK, with input structs.

use super::code::{Call, Code, Literal};
use super::data::{self, Data, MAX_DEPTH};
use super::model::{Body, Handler, HandlerKind, Hint, Parameter, Prose};
use super::schema::{Additional, Bound, Schema, Types};
use super::{Input, MAX_HANDLERS};
use crate::lower::{CallForm, ClassId, ExprId, ExprKind, FunctionId, Module, StmtKind, UnaryOp};
use std::collections::BTreeMap;

/// Handlers of a module.
pub(super) fn find(module: &Module<'_>) -> Vec<Handler> {
    if !super::mentions_protocol(module.text) {
        return Vec::new();
    }
    let code = Code::new(module, made);
    let around = beside(&code);
    let mut found = Vec::new();
    for id in &module.calls {
        if found.len() > MAX_HANDLERS {
            break;
        }
        let Some(call) = code.call(*id) else { continue };
        let Some((Some(base), name)) = code.method(call.callee) else { continue };
        let is_new = matches!(module.kind(*id), ExprKind::Call { form: CallForm::New, .. });
        let path = module.path(base);
        let is_protocol = path.rsplit('/').next().is_some_and(|package| package.starts_with("mcp"));
        if !is_protocol {
            continue;
        }
        let handler = match (name, is_new) {
            ("NewTool" | "NewToolWithRawSchema", false) => optioned(&code, HandlerKind::Tool, &call),
            ("NewResource", false) => optioned(&code, HandlerKind::Resource, &call),
            ("NewResourceTemplate", false) => optioned(&code, HandlerKind::ResourceTemplate, &call),
            ("NewPrompt", false) => optioned(&code, HandlerKind::Prompt, &call),
            ("Tool", true) => literal(&code, HandlerKind::Tool, &call),
            ("Prompt", true) => literal(&code, HandlerKind::Prompt, &call),
            _ => None,
        };
        let Some(mut handler) = handler else { continue };
        if let Some(function) = around.get(id).copied() {
            handler.body = Body::Function(function);
            handler.tainted = inputs(&code, function);
            if handler.input == Input::Unknown && handler.parameters.is_empty() {
                typed(&code, function, &mut handler);
            }
        }
        found.push(handler);
    }
    found
}

/// The function that stands beside each tool: in the call that adds both, in the pair that is returned, or in the struct
/// that holds both.
fn beside(code: &Code<'_, '_>) -> BTreeMap<ExprId, FunctionId> {
    let mut out = BTreeMap::new();
    let mut add = |parts: &[ExprId]| {
        let tool = parts.iter().find_map(|part| tool_in(code, *part));
        let function = parts.iter().rev().find_map(|part| code.function(*part));
        if let Some((tool, function)) = tool.zip(function) {
            out.entry(tool).or_insert(function);
        }
    };
    for id in &code.module.calls {
        let Some(call) = code.call(*id) else { continue };
        if call.args.len() < 2 {
            continue;
        }
        let parts: Vec<ExprId> = call.args.iter().take(16).map(|arg| arg.value).collect();
        add(&parts);
    }
    for function in &code.module.functions {
        for stmt in code.module.statements(function.body) {
            if let StmtKind::Return(Some(value)) = stmt.kind
                && let ExprKind::List(list) | ExprKind::Opaque(list) = code.module.kind(value)
            {
                add(code.module.exprs_of(list));
            }
        }
    }
    out
}

/// The expression that makes a tool: itself, behind a name, or `&mcp.Tool{…}`.
fn tool_in(code: &Code<'_, '_>, id: ExprId) -> Option<ExprId> {
    let id = code.resolve(id);
    let call = code.call(id)?;
    let (_, name) = code.method(call.callee)?;
    matches!(
        name,
        "NewTool" | "NewToolWithRawSchema" | "Tool" | "NewResource" | "NewResourceTemplate" | "NewPrompt" | "Prompt"
    )
    .then_some(id)
}

/// Parameters with what the client sent: all but the context.
fn inputs(code: &Code<'_, '_>, function: FunctionId) -> Vec<u32> {
    let params = code.module.function(function).map_or(&[][..], |it| it.params.as_slice());
    let is_context = |at: usize| {
        let hint = params.get(at).and_then(|param| param.annotation);
        hint.is_some_and(|hint| code.module.path(hint).ends_with("context.Context"))
    };
    code.inputs(function).into_iter().filter(|at| !is_context(*at as usize)).collect()
}

/// `mcp.NewTool("name", mcp.WithDescription("…"), mcp.WithString("path", mcp.Required()))`.
fn optioned(code: &Code<'_, '_>, kind: HandlerKind, call: &Call<'_, '_>) -> Option<Handler> {
    let at = usize::from(matches!(kind, HandlerKind::Resource | HandlerKind::ResourceTemplate));
    let name = call.positional(at)?;
    let known = code.prose(name)?;
    let mut handler = Handler::new(kind, code.module.span(name), code.module.span(call.id));
    handler.name = Some(known);
    handler.input = Input::Declared;
    for arg in call.args.iter().skip(at + 1) {
        let Some(option) = code.call(code.resolve(arg.value)) else {
            handler.input = Input::Unknown;
            continue;
        };
        let (name, generic) = match code.module.kind(option.callee) {
            ExprKind::Index { base, index } => (code.method(base).map(|it| it.1), Some(index)),
            _ => (code.method(option.callee).map(|it| it.1), None),
        };
        apply(code, &mut handler, name.unwrap_or_default(), &option, generic);
    }
    Some(handler)
}

fn apply(code: &Code<'_, '_>, handler: &mut Handler, name: &str, option: &Call<'_, '_>, generic: Option<ExprId>) {
    let types = match name {
        "WithString" => Types::STRING,
        "WithNumber" => Types::NUMBER,
        "WithInteger" => Types::INTEGER,
        "WithBoolean" => Types::BOOLEAN,
        "WithArray" => Types::ARRAY,
        "WithObject" => Types::OBJECT,
        "WithArgument" => {
            handler.parameters.extend(property(code, option, Types::STRING));
            return;
        }
        "WithAny" => {
            let any = property(code, option, Types::default());
            handler.parameters.extend(any.map(|it| Parameter { schema: Schema::anything(), ..it }));
            return;
        }
        "WithDescription" | "WithResourceDescription" | "WithPromptDescription" | "WithTemplateDescription" => {
            handler.description = option.positional(0).and_then(|it| code.prose(it));
            return;
        }
        "WithToolAnnotation" | "WithAnnotations" => {
            if let Some(given) = option.positional(0) {
                annotations(code, given, handler);
            }
            return;
        }
        "WithTitleAnnotation" | "WithTitle" => {
            handler.title = option.positional(0).and_then(|it| code.prose(it));
            return;
        }
        "WithInputSchema" => {
            let class = generic.and_then(|it| class_of(code, it));
            handler.input = Input::Unknown;
            if let Some(class) = class {
                handler.declare(of_struct(code, class, 0));
            }
            return;
        }
        "WithRawInputSchema" => {
            handler.input = Input::Unknown;
            return;
        }
        _ => {
            if let Some(hint) = name.strip_prefix("With").and_then(|name| name.strip_suffix("HintAnnotation"))
                && let Some(value) = option.positional(0)
            {
                handler.has_annotations = true;
                let name = format!("{}Hint", lower_first(hint));
                let truth = code.literal(value).truth();
                let span = code.module.span(value);
                handler.annotations.extend(truth.map(|value| Hint { name, value, span }));
            }
            return;
        }
    };
    handler.parameters.extend(property(code, option, types));
}

/// `mcp.WithString("path", mcp.Required(), mcp.Description("…"), mcp.MaxLength(8))`.
fn property(code: &Code<'_, '_>, option: &Call<'_, '_>, types: Types) -> Option<Parameter> {
    let name = code.name(option.positional(0)?)?;
    let span = name.span()?;
    let mut out =
        Parameter { name, span, description: None, is_required: false, default: None, schema: Schema::of(types) };
    for arg in option.args.iter().skip(1) {
        let Some(said) = code.call(code.resolve(arg.value)) else { continue };
        let first = said.positional(0);
        let bound = || first.and_then(|it| code.literal(it).number()).map_or(Bound::Somewhere, Bound::At);
        let schema = &mut out.schema;
        match code.method(said.callee).map_or("", |it| it.1) {
            "Required" | "RequiredArgument" => out.is_required = true,
            "Description" | "ArgumentDescription" => out.description = first.and_then(|it| code.prose(it)),
            "DefaultString" => out.default = first.and_then(|it| code.prose(it)),
            "Enum" | "WithStringEnumItems" => {
                schema.is_enumerated = true;
                schema.choices.extend(said.args.iter().take(256).filter_map(|arg| code.prose(arg.value)));
            }
            "Min" => schema.minimum = Some(bound()),
            "Max" => schema.maximum = Some(bound()),
            "MinLength" => schema.min_length = Some(bound()),
            "MaxLength" => schema.max_length = Some(bound()),
            "MinItems" => schema.min_items = Some(bound()),
            "MaxItems" => schema.max_items = Some(bound()),
            "Pattern" => {
                schema.pattern = Some(first.and_then(|it| code.prose(it)).map_or_else(String::new, |it| it.text));
            }
            "WithStringItems" => schema.items = Some(Box::new(Schema::of(Types::STRING))),
            "WithNumberItems" => schema.items = Some(Box::new(Schema::of(Types::NUMBER))),
            "Items" => {
                let items = first.map(|it| code.literal(it));
                schema.items = items.map(|it| Box::new(data::schema_of(it, it, 1, &code.budget)));
            }
            "Properties" => {
                for (name, value) in first.map(|it| code.literal(it).members()).unwrap_or_default() {
                    let inner = data::schema_of(value, value, 1, &code.budget);
                    let description = value.member("description").and_then(Data::text);
                    let span = name.span().unwrap_or(value.span());
                    schema.properties.push(Parameter {
                        name,
                        span,
                        description,
                        is_required: false,
                        default: None,
                        schema: inner,
                    });
                }
            }
            "AdditionalProperties" => {
                let is_open = first.and_then(|it| code.literal(it).truth());
                schema.additional = if is_open == Some(false) { Additional::Closed } else { Additional::Anything };
            }
            _ => {}
        }
    }
    Some(out)
}

/// `&mcp.Tool{Name: "…", Description: "…", InputSchema: …}`.
fn literal(code: &Code<'_, '_>, kind: HandlerKind, call: &Call<'_, '_>) -> Option<Handler> {
    let name = call.keyword(&["Name"])?;
    let known = code.prose(name)?;
    let mut handler = Handler::new(kind, code.module.span(name), code.module.span(call.id));
    handler.name = Some(known);
    handler.title = call.keyword(&["Title"]).and_then(|it| code.prose(it));
    handler.description = call.keyword(&["Description"]).and_then(|it| code.prose(it));
    if let Some(given) = call.keyword(&["Annotations"]) {
        annotations(code, given, &mut handler);
    }
    if let Some(schema) = call.keyword(&["InputSchema"]) {
        handler.declare(schema_at(code, schema));
    }
    Some(handler)
}

fn annotations(code: &Code<'_, '_>, given: ExprId, handler: &mut Handler) {
    let value = code.literal(given);
    handler.has_annotations = true;
    let title = value.member("Title").and_then(Data::text);
    handler.title = handler.title.take().or(title);
    handler.annotations = data::hints(value);
    handler.annotations.iter_mut().for_each(|hint| hint.name = lower_first(&hint.name));
}

fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(chars).collect()
}

/// A schema as a literal, or given to a helper that adds to it.
fn schema_at(code: &Code<'_, '_>, id: ExprId) -> Schema {
    let mut id = code.resolve(id);
    for _ in 0..4 {
        match code.module.kind(id) {
            ExprKind::Call { form: CallForm::Call, args, .. } => match code.module.args(args).first() {
                Some(first) => id = code.resolve(first.value),
                None => break,
            },
            _ => break,
        }
    }
    let value = code.literal(id);
    data::schema_of(value, value, 0, &code.budget)
}

/// The input struct that a handler of the official SDK takes as its last parameter.
fn typed(code: &Code<'_, '_>, function: FunctionId, handler: &mut Handler) {
    let params = code.module.function(function).map_or(&[][..], |it| it.params.as_slice());
    let Some(hint) = params.get(2..).and_then(|rest| rest.last()).and_then(|param| param.annotation) else { return };
    if let Some(class) = class_of(code, hint) {
        handler.declare(of_struct(code, class, 0));
    }
}

fn class_of(code: &Code<'_, '_>, hint: ExprId) -> Option<ClassId> {
    let hint = match code.module.kind(hint) {
        ExprKind::Unary { op: UnaryOp::Reference, operand } => operand,
        _ => hint,
    };
    code.class(hint)
}

/// The schema of a struct, from its fields and tags.
fn of_struct(code: &Code<'_, '_>, class: ClassId, depth: u32) -> Schema {
    let Some(it) = code.module.class(class) else { return Schema::unknown() };
    if depth >= MAX_DEPTH || !code.budget.take() || it.fields.is_empty() && !it.bases.is_empty() {
        return Schema::unknown();
    }
    let mut out = Schema { additional: Additional::Closed, ..Schema::of(Types::OBJECT) };
    for field in &it.fields {
        let tag = code.module.exprs_of(field.decorators).first().and_then(|tag| code.module.string(*tag));
        let tag = tag.as_deref().unwrap_or_default();
        let json = tagged(tag, "json").unwrap_or_default();
        let mut words = json.split(',');
        let name = words.next().filter(|name| !name.is_empty()).unwrap_or(field.name);
        let is_exported = field.name.starts_with(|c: char| c.is_uppercase());
        if name == "-" || !is_exported {
            continue;
        }
        let schema = field.annotation.map_or_else(Schema::unknown, |hint| of_type(code, hint, depth + 1));
        let said = tagged(tag, "jsonschema").filter(|said| !said.is_empty());
        let place = code.module.exprs_of(field.decorators).first().map(|tag| code.module.span(*tag));
        out.properties.push(Parameter {
            name: Prose::plain(name, field.span),
            span: field.span,
            description: said.zip(place).map(|(said, place)| Prose::plain(said, place)),
            is_required: !words.any(|word| word == "omitempty" || word == "omitzero"),
            default: None,
            schema,
        });
    }
    out
}

/// The value of one key in a struct's tag.
fn tagged<'t>(tag: &'t str, key: &str) -> Option<&'t str> {
    let start = tag.match_indices(key).find_map(|(at, _)| {
        let before = tag.get(..at).is_none_or(|before| before.is_empty() || before.ends_with(' '));
        let rest = tag.get(at + key.len()..)?;
        (before && rest.starts_with(":\"")).then_some(at + key.len() + 2)
    })?;
    let rest = tag.get(start..)?;
    rest.get(..rest.find('"')?)
}

fn of_type(code: &Code<'_, '_>, hint: ExprId, depth: u32) -> Schema {
    if depth >= MAX_DEPTH || !code.budget.take() {
        return Schema::unknown();
    }
    match code.module.kind(hint) {
        ExprKind::Unary { op: UnaryOp::Reference, operand } => of_type(code, operand, depth + 1),
        ExprKind::Opaque(parts) => {
            let parts = code.module.exprs_of(parts);
            let last = parts.last().map_or_else(Schema::unknown, |it| of_type(code, *it, depth + 1));
            let text = code.module.span(hint).slice(code.module.text).unwrap_or_default();
            match text {
                text if text.starts_with("[]byte") => Schema::of(Types::STRING),
                text if text.starts_with('[') => Schema::list_of(last),
                text if text.starts_with("map[") => Schema::map_of(&last),
                _ => Schema::unknown(),
            }
        }
        _ => match class_of(code, hint) {
            Some(class) => {
                let is_interface = code.module.class(class).is_some_and(|it| {
                    it.fields.is_empty()
                        && it.span.slice(code.module.text).is_some_and(|it| it.starts_with("interface"))
                });
                if is_interface { Schema::anything() } else { of_struct(code, class, depth + 1) }
            }
            None => named(&code.module.path(hint)),
        },
    }
}

fn named(path: &str) -> Schema {
    match path.rsplit('.').next().unwrap_or_default() {
        "string" => Schema::of(Types::STRING),
        "bool" => Schema::of(Types::BOOLEAN),
        "float32" | "float64" => Schema::of(Types::NUMBER),
        "int" | "int8" | "int16" | "int32" | "int64" | "rune" => Schema::of(Types::INTEGER),
        "uint" | "uint8" | "uint16" | "uint32" | "uint64" | "byte" => {
            Schema { minimum: Some(Bound::At(0.0)), ..Schema::of(Types::INTEGER) }
        }
        "Time" => Schema::formatted("date-time"),
        "any" | "RawMessage" => Schema::anything(),
        _ => Schema::unknown(),
    }
}

/// Schemas are literals here.
fn made(_value: Literal<'_, '_>, _depth: u32) -> Option<Schema> {
    None
}

#[cfg(test)]
mod tests {
    use crate::deployment::tools::testing::lines;
    use crate::document::Language;

    fn check(body: &str, expected: &[&str]) {
        let imports = "import (\n\t\"context\"\n\t\"github.com/mark3labs/mcp-go/mcp\"\n\t\"github.com/mark3labs/mcp-go/server\"\n)\n";
        let text = format!("package main\n{imports}{body}");
        assert_eq!(lines(Language::Go, "main.go", &text), expected, "{text}");
    }

    #[test]
    fn options_declare_parameters() {
        check(
            "func main() {\n\ttool := mcp.NewTool(\"add\", mcp.WithDescription(\"Adds\"), mcp.WithNumber(\"a\", mcp.Required(), mcp.Max(9)), mcp.WithString(\"op\", mcp.Enum(\"+\", \"-\")), mcp.WithArray(\"l\", mcp.Items(map[string]any{\"type\": \"string\"})))\n\ts.AddTool(tool, add)\n}\nfunc add(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) { return nil, nil }\n",
            &["tool add(a: number!, op: enum, l: string[])"],
        );
        check(
            "func List() (tool mcp.Tool, handler server.ToolHandlerFunc) {\n\treturn mcp.NewTool(\"list\"), func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) { return nil, nil }\n}\n",
            &["tool list()"],
        );
    }

    #[test]
    fn structs_and_schemas_declare_parameters() {
        check(
            "type In struct {\n\tPath string `json:\"path\" jsonschema:\"where\"`\n\tDepth *int `json:\"depth,omitempty\"`\n\tTags []string `json:\"tags\"`\n\tMore map[string]any\n\thidden int\n}\nfunc main() { mcp.AddTool(server, &mcp.Tool{Name: \"read\", Description: \"Reads\"}, read) }\nfunc read(ctx context.Context, req *mcp.CallToolRequest, in In) (*mcp.CallToolResult, any, error) { return nil, nil, nil }\n",
            &["tool read(path: string!, depth: integer, tags: string[]!, More: object!)"],
        );
        check(
            "func F() T { return NewTool(x, mcp.Tool{Name: \"gist\", Description: t(\"KEY\", \"Gets\"), Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true}, InputSchema: With(&jsonschema.Schema{Type: \"object\", Properties: map[string]*jsonschema.Schema{\"id\": {Type: \"string\", Description: \"The id\"}}, Required: []string{\"id\"}})}, func(ctx context.Context, args map[string]any) {}) }\n",
            &["tool gist(id: string!)"],
        );
    }
}
