//! Handlers of Python servers: decorated functions, functions that are added by a call, and lists of tools with one
//! function that is called for all.

mod types;

use super::arms;
use super::code::{Call, Code};
use super::data::{self, Data};
use super::model::{Body, Handler, HandlerKind, Parameter, Prose};
use super::schema::{Schema, Types};
use super::{Input, MAX_HANDLERS};
use crate::lower::{Definition, ExprId, ExprKind, FunctionId, Module, Param, ParamKind};
use crate::text::Span;

/// Parameters that the framework fills in.
const GIVEN_TYPES: &[&str] = &["Context", "RequestContext", "ServerSession", "CurrentContext", "Depends"];

/// What a model class declares.
pub(super) fn schema_of(module: &Module<'_>, expr: ExprId) -> Option<Schema> {
    let schema = types::schema(&Code::new(module, types::made), expr, 0);
    (!schema.properties.is_empty()).then_some(schema)
}

/// Handlers of a module.
pub(super) fn find(module: &Module<'_>) -> Vec<Handler> {
    let code = Code::new(module, types::made);
    let mut found = Vec::new();
    for at in 1..module.functions.len() {
        let function = FunctionId(u32::try_from(at).unwrap_or(u32::MAX));
        let decorators = module.function(function).map_or(&[][..], |it| it.decorators.as_slice());
        for decorator in decorators {
            decorated(&code, function, *decorator, &mut found);
        }
        if found.len() > MAX_HANDLERS {
            break;
        }
    }
    for id in &module.calls {
        if found.len() > MAX_HANDLERS {
            break;
        }
        let Some(call) = code.call(*id) else { continue };
        called(&code, &call, &mut found);
    }
    arms::give(&code, &mut found);
    found
}

/// Whether what a decorator or method hangs on is a server of the protocol: its name or its file says so.
fn is_server(code: &Code<'_, '_>, base: ExprId) -> bool {
    let path = code.module.path(base).to_ascii_lowercase();
    if path.contains("mcp") {
        return true;
    }
    // Frameworks of agents decorate their own functions in the same way.
    let is_other = ["agent", "langchain", "crewai", "pydantic_ai", "toolkit", "autogen", "smolagents", "llm"];
    if is_other.iter().any(|word| path.contains(word)) {
        return false;
    }
    super::mentions_protocol(code.module.text)
}

fn decorated(code: &Code<'_, '_>, function: FunctionId, decorator: ExprId, found: &mut Vec<Handler>) {
    let call = code.call(decorator);
    let callee = call.map_or(decorator, |call| call.callee);
    let (base, name) = match code.method(callee) {
        Some((Some(base), name)) => (base, name),
        _ => return,
    };
    match name {
        "tool" | "resource" | "prompt" | "custom_tool" if is_server(code, base) => {
            found.extend(registered(code, name, call.as_ref(), function));
        }
        "call_tool" | "read_resource" | "get_prompt" | "completion" if call.is_some() => {
            found.push(dispatcher(code, name, function));
        }
        _ => {}
    }
}

/// A call that registers something.
fn called(code: &Code<'_, '_>, call: &Call<'_, '_>, found: &mut Vec<Handler>) {
    let Some((base, name)) = code.method(call.callee) else {
        // `mcp.tool(name="x")(function)`
        if let Some(outer) = code.call(call.callee)
            && let Some((Some(base), name @ ("tool" | "resource" | "prompt"))) = code.method(outer.callee)
            && let Some(given) = call.positional(0)
            && is_server(code, base)
        {
            match code.function(given) {
                Some(function) => found.extend(registered(code, name, Some(&outer), function)),
                None => found.push(imported(code, name, &outer, given)),
            }
        }
        return;
    };
    match (base, name) {
        (Some(base), "add_tool") if is_server(code, base) => {
            let Some(given) = call.keyword(&["fn", "tool"]).or_else(|| call.positional(0)) else { return };
            match code.function(given) {
                Some(function) => found.extend(registered(code, "tool", Some(call), function)),
                // `add_tool(tool)` of something that is made elsewhere says nothing.
                None if is_imported(code, given) => found.push(imported(code, "tool", call, given)),
                None => {}
            }
        }
        (Some(base), "from_function") => {
            let class = code.module.path(base);
            let is_tool = matches!(class.rsplit('.').next(), Some("Tool" | "FunctionTool"));
            if is_tool
                && class.to_ascii_lowercase().contains("mcp")
                && let Some(function) = call.keyword(&["fn"]).or_else(|| call.positional(0))
                && let Some(function) = code.function(function)
            {
                found.extend(registered(code, "tool", Some(call), function));
            }
        }
        (_, "Tool") => found.extend(listed(code, call)),
        _ => {}
    }
}

/// A function of another file that is registered here.
fn imported(code: &Code<'_, '_>, what: &str, call: &Call<'_, '_>, function: ExprId) -> Handler {
    let span = code.module.span(function);
    let mut handler = described(code, what, Some(call), span, code.module.span(call.id));
    if handler.name.is_none() {
        let path = code.module.path(function);
        handler.name = path.rsplit(['.', '#', '?']).next().map(|name| Prose::plain(name, span));
    }
    handler
}

fn is_imported(code: &Code<'_, '_>, id: ExprId) -> bool {
    let definition = code.module.binding(id).and_then(|binding| code.module.definition(binding));
    matches!(definition, Some(Definition::Import { .. }))
}

/// A function that is registered by itself.
fn registered(code: &Code<'_, '_>, what: &str, call: Option<&Call<'_, '_>>, function: FunctionId) -> Option<Handler> {
    let it = code.module.function(function)?;
    // A decorator belongs to its function; a call stands by itself.
    let whole = call.map_or(it.span, |call| {
        let span = code.module.span(call.id);
        if it.decorators.contains(&call.id) { Span::new(span.start, it.span.end.max(span.end)) } else { span }
    });
    let mut handler = described(code, what, call, it.name_span, whole);
    if handler.name.is_none() {
        handler.name = it.name.map(|name| Prose::plain(name, it.name_span));
    }
    if handler.description.is_none() {
        handler.description = it.docstring.and_then(|it| code.prose(it));
    }
    for (at, param) in (0_u32..).zip(&it.params) {
        if param.kind == ParamKind::Receiver || is_given(code, param) {
            continue;
        }
        handler.tainted.push(at);
        handler.parameters.extend(of_param(code, param));
    }
    handler.input = Input::Declared;
    handler.body = Body::Function(function);
    Some(handler)
}

/// What a registration says of a handler beside its function.
fn described(code: &Code<'_, '_>, what: &str, call: Option<&Call<'_, '_>>, span: Span, whole: Span) -> Handler {
    let is_function = |id: &ExprId| code.function(*id).is_some() || is_imported(code, *id) && call_adds(code, call);
    let first = call.and_then(|call| call.positional(0)).filter(|first| !is_function(first));
    let uri = call.and_then(|call| call.keyword(&["uri", "uri_template"])).or(first);
    let kind = match what {
        "resource" => match uri.and_then(|uri| code.prose(uri)) {
            Some(uri) if uri.text.contains('{') => HandlerKind::ResourceTemplate,
            _ => HandlerKind::Resource,
        },
        "prompt" => HandlerKind::Prompt,
        _ => HandlerKind::Tool,
    };
    let mut handler = Handler::new(kind, span, whole);
    let keyword = |names: &[&str]| call.and_then(|call| call.keyword(names));
    let is_said = |it: &ExprId| !matches!(code.module.kind(*it), ExprKind::Null);
    let given = keyword(&["name"]).or(first.filter(|_| what != "resource")).filter(is_said);
    handler.name = given.and_then(|given| code.prose(given));
    if let Some(span) = handler.name.as_ref().and_then(Prose::span) {
        handler.span = span;
    }
    handler.title = keyword(&["title"]).and_then(|it| code.prose(it));
    handler.description = keyword(&["description"]).filter(is_said).and_then(|it| code.prose(it));
    annotations(code, keyword(&["annotations"]), &mut handler);
    handler
}

/// Whether a call is given the function itself: `add_tool(function)`.
fn call_adds(code: &Code<'_, '_>, call: Option<&Call<'_, '_>>) -> bool {
    call.and_then(|call| code.method(call.callee)).is_some_and(|(_, name)| name != "tool")
}

fn of_param(code: &Code<'_, '_>, param: &Param<'_>) -> Option<Parameter> {
    let name = param.name?;
    let mut found = parameter(code, name, param.span, param.annotation, param.default, 0)?;
    match param.kind {
        ParamKind::Rest => found.schema = Schema { items: Some(Box::new(found.schema)), ..Schema::of(Types::ARRAY) },
        ParamKind::Keywords => found.schema = Schema::map_of(&found.schema),
        _ => {}
    }
    found.is_required &= !matches!(param.kind, ParamKind::Rest | ParamKind::Keywords);
    Some(found)
}

/// Whether the framework fills a parameter in, and the client never sees it.
fn is_given(code: &Code<'_, '_>, param: &Param<'_>) -> bool {
    let mut paths = Vec::new();
    if let Some(hint) = param.annotation {
        let bare = code.module.bare_type(hint);
        paths.push(code.module.path(bare));
        if let ExprKind::Str { .. } = code.module.kind(bare) {
            paths.extend(code.module.string(bare).map(|text| text.into_owned()));
        }
    }
    if let Some(call) = param.default.and_then(|it| code.call(it)) {
        paths.push(code.module.path(call.callee));
    }
    let is_one = |path: &String| {
        let path = path.trim_end_matches("[]");
        let last = path.rsplit(['.', '#', '?']).next().unwrap_or_default();
        let last = last.split('[').next().unwrap_or_default();
        GIVEN_TYPES.contains(&last.trim())
    };
    paths.iter().any(is_one) || param.name == Some("ctx")
}

/// One parameter of a function, or field of a model.
fn parameter(
    code: &Code<'_, '_>,
    name: &str,
    span: Span,
    hint: Option<ExprId>,
    default: Option<ExprId>,
    depth: u32,
) -> Option<Parameter> {
    let mut schema = hint.map_or_else(Schema::undeclared, |hint| types::schema(code, hint, depth + 1));
    let beside = hint.and_then(|hint| types::annotated(code, hint));
    let behind = default.and_then(|default| types::field_call(code, default, &mut schema));
    let plain = default.filter(|_| behind.is_none());
    let said = [behind.as_ref(), beside.as_ref()];
    let said = || said.into_iter().flatten();
    // A default says what an undeclared parameter is.
    if hint.is_none()
        && let Some(default) = plain
    {
        schema = of_default(code, default);
    }
    let name = said().find_map(|it| it.alias.clone()).unwrap_or_else(|| Prose::plain(name, span));
    Some(Parameter {
        name,
        span,
        description: said().find_map(|it| it.description.clone()),
        is_required: plain.is_none() && !said().any(|it| it.has_default),
        default: plain.and_then(|it| code.prose(it)).or_else(|| said().find_map(|it| it.default.clone())),
        schema,
    })
}

fn of_default(code: &Code<'_, '_>, default: ExprId) -> Schema {
    match code.module.kind(code.resolve(default)) {
        ExprKind::Str { .. } => Schema::of(Types::STRING),
        ExprKind::Bool(_) => Schema::of(Types::BOOLEAN),
        ExprKind::Number(text) if text.contains('.') => Schema::of(Types::NUMBER),
        ExprKind::Number(_) => Schema::of(Types::INTEGER),
        _ => Schema::undeclared(),
    }
}

/// `annotations=ToolAnnotations(readOnlyHint=True)`, or a dictionary.
fn annotations(code: &Code<'_, '_>, given: Option<ExprId>, handler: &mut Handler) {
    let Some(given) = given.filter(|it| !matches!(code.module.kind(*it), ExprKind::Null)) else { return };
    handler.has_annotations = true;
    let value = code.literal(given);
    handler.annotations = data::hints(value);
    for hint in &mut handler.annotations {
        hint.name = spelled(&hint.name);
    }
    let title = value.member("title").and_then(Data::text);
    handler.title = handler.title.take().or(title);
}

/// `read_only_hint` as the protocol spells it.
fn spelled(name: &str) -> String {
    let mut out = String::new();
    let mut is_upper = false;
    for c in name.chars() {
        match c {
            '_' => is_upper = true,
            c if is_upper => {
                out.push(c.to_ascii_uppercase());
                is_upper = false;
            }
            c => out.push(c),
        }
    }
    out
}

/// `Tool(name="x", description="…", inputSchema={…})` in a list.
fn listed(code: &Code<'_, '_>, call: &Call<'_, '_>) -> Option<Handler> {
    let name = call.keyword(&["name"])?;
    let schema = call.keyword(&["inputSchema", "input_schema", "parameters"]);
    let description = call.keyword(&["description"]);
    if schema.is_none() && description.is_none() {
        return None;
    }
    let path = code.module.path(call.callee).to_ascii_lowercase();
    if !path.contains("mcp") && !super::mentions_protocol(code.module.text) {
        return None;
    }
    let whole = code.module.span(call.id);
    let mut handler = Handler::new(HandlerKind::Tool, whole, whole);
    handler.name = code.prose(name);
    handler.span = code.module.span(name);
    handler.title = call.keyword(&["title"]).and_then(|it| code.prose(it));
    handler.description = description.and_then(|it| code.prose(it));
    annotations(code, call.keyword(&["annotations"]), &mut handler);
    if let Some(schema) = schema {
        arms::declare(code, schema, &mut handler);
    }
    if let Some(function) = call.keyword(&["fn"]).and_then(|it| code.function(it)) {
        handler.body = Body::Function(function);
    }
    Some(handler)
}

/// One function for all tools, resources or prompts.
fn dispatcher(code: &Code<'_, '_>, what: &str, function: FunctionId) -> Handler {
    let kind = match what {
        "call_tool" => HandlerKind::Dispatcher,
        "read_resource" => HandlerKind::Resource,
        "get_prompt" => HandlerKind::Prompt,
        _ => HandlerKind::Completion,
    };
    let (span, whole) = code.module.function(function).map_or_else(Default::default, |it| (it.name_span, it.span));
    let mut handler = Handler::new(kind, span, whole);
    handler.tainted = code.inputs(function);
    handler.body = Body::Function(function);
    handler
}

#[cfg(test)]
mod tests;
