//! Handlers of JavaScript and TypeScript servers: calls that register one, objects and classes that are one, and
//! dispatchers for the methods of the protocol.

mod wrappers;
mod zod;

use super::code::{Call, Code, Literal};
use super::data::{self, Data};
use super::model::{Body, Handler, HandlerKind, Prose};
use super::{Input, MAX_HANDLERS, arms};
use crate::lower::{Class, Definition, ExprId, ExprKind, FunctionId, Module};
use std::collections::BTreeSet;

/// Properties that hold the code of a tool.
const CODE: &[&str] = &["execute", "handler", "run", "callback", "cb", "handle", "invoke", "fn"];
/// Properties that hold its schema; all but the first only beside code.
const SCHEMAS: &[&str] = &["inputSchema", "parameters", "schema", "input_schema"];

/// What one call registers, as expressions.
#[derive(Clone, Copy, Debug, Default)]
struct Registration {
    kind: Option<HandlerKind>,
    name: Option<ExprId>,
    title: Option<ExprId>,
    description: Option<ExprId>,
    schema: Option<ExprId>,
    annotations: Option<ExprId>,
    callback: Option<ExprId>,
}

/// What an expression of the library declares.
pub(super) fn schema_of(module: &Module<'_>, expr: ExprId) -> Option<super::Schema> {
    zod::input(&Code::new(module, zod::made), expr)
}

/// Handlers of a module.
pub(super) fn find(module: &Module<'_>) -> Vec<Handler> {
    if !super::mentions_protocol(module.text) {
        return Vec::new();
    }
    let code = Code::new(module, zod::made);
    let mut found = Vec::new();
    let mut wrappers = wrappers::Wrappers::default();
    for id in &module.calls {
        if found.len() > MAX_HANDLERS {
            break;
        }
        let Some(call) = code.call(*id) else { continue };
        let Some((base, name)) = code.method(call.callee) else { continue };
        if name == "setRequestHandler" || name == "setHandler" {
            found.extend(dispatcher(&code, &call));
            continue;
        }
        let Some(registration) = base.and_then(|_| registration(&code, name, &call)) else { continue };
        match wrappers.of(&code, registration) {
            true => {}
            false => found.extend(registered(&code, &call, registration)),
        }
    }
    for (call, registration) in wrappers.uses(&code) {
        found.extend(registered(&code, &call, registration));
    }
    let called: BTreeSet<String> = found.iter().map(|it| it.name().to_owned()).collect();
    let mut objects = Vec::new();
    for at in 0..module.exprs.len() {
        if objects.len() > MAX_HANDLERS {
            break;
        }
        let id = ExprId(u32::try_from(at).unwrap_or(u32::MAX));
        if let ExprKind::Object(_) = module.kind(id) {
            objects.extend(object(&code, id));
        }
    }
    objects.extend(module.classes.iter().filter_map(|it| class(&code, it)));
    // What a call registers by the name of such an object is one tool.
    objects.retain(|it| it.name().is_empty() || !called.contains(it.name()));
    found.extend(objects);
    arms::give(&code, &mut found);
    found
}

/// `server.tool(name, description?, shape?, annotations?, callback)` and its likes, taken apart.
fn registration(code: &Code<'_, '_>, method: &str, call: &Call<'_, '_>) -> Option<Registration> {
    let args: Vec<ExprId> = call.args.iter().map(|arg| arg.value).collect();
    let (first, last) = (args.first().copied()?, args.last().copied()?);
    let kind = match method {
        "tool" | "registerTool" => HandlerKind::Tool,
        "resource" | "registerResource" => resource_kind(code, args.get(1).copied()?),
        "prompt" | "registerPrompt" => HandlerKind::Prompt,
        _ => return None,
    };
    if args.len() < 2 || !is_name(code, first) || code.literal(last).is_object() || code.literal(last).text().is_some()
    {
        return None;
    }
    let between = args.get(1..args.len() - 1).unwrap_or_default();
    let mut out = Registration { kind: Some(kind), name: Some(first), callback: Some(last), ..Registration::default() };
    if method.starts_with("register") {
        let config = *between.last()?;
        let value = code.literal(config);
        let member = |keys: &[&str]| keys.iter().find_map(|key| value.member(key)).map(|it| it.id);
        out.title = member(&["title"]);
        out.description = member(&["description"]);
        out.schema = member(&["inputSchema", "argsSchema", "paramsSchema"]);
        out.annotations = member(&["annotations"]);
        return Some(out);
    }
    for arg in between {
        let value = code.literal(*arg);
        if value.is_object() && is_hints(value) {
            out.annotations = Some(*arg);
        } else if value.is_object() || zod::declared(code, *arg, 0).is_some() {
            out.schema = out.schema.or(Some(*arg));
        } else if value.text().is_some() && out.description.is_none() {
            out.description = Some(*arg);
        } else if out.description.is_none() && between.len() > 1 {
            // Declared elsewhere: what comes first is the description.
            out.description = Some(*arg);
        } else {
            out.schema = out.schema.or(Some(*arg));
        }
    }
    Some(out)
}

fn resource_kind(code: &Code<'_, '_>, address: ExprId) -> HandlerKind {
    match code.call(code.resolve(address)) {
        Some(call) if code.method(call.callee).is_some_and(|(_, name)| name == "ResourceTemplate") => {
            HandlerKind::ResourceTemplate
        }
        _ => HandlerKind::Resource,
    }
}

/// Whether an expression can be the name of a tool: a text, or a constant of another file.
fn is_name(code: &Code<'_, '_>, id: ExprId) -> bool {
    if code.name(id).is_some() {
        return true;
    }
    match code.module.kind(code.resolve(id)) {
        ExprKind::Name(_) | ExprKind::Field { .. } => true,
        ExprKind::Concat(_) | ExprKind::Binary { .. } => code.prose(id).is_some(),
        _ => false,
    }
}

/// Whether a name comes out of another file, by way of fields.
fn is_imported(code: &Code<'_, '_>, id: ExprId) -> bool {
    let mut at = id;
    for _ in 0..8 {
        at = match code.module.kind(at) {
            ExprKind::Field { base, .. } => base,
            ExprKind::Name(_) => {
                let definition = code.module.binding(at).and_then(|it| code.module.definition(it));
                return matches!(definition, Some(Definition::Import { .. }));
            }
            _ => return false,
        };
    }
    false
}

fn is_hints(value: Literal<'_, '_>) -> bool {
    let members = value.members();
    members.iter().any(|(name, _)| name.text.ends_with("Hint"))
        && members.iter().all(|(name, _)| name.text.ends_with("Hint") || name.text == "title")
}

fn registered(code: &Code<'_, '_>, call: &Call<'_, '_>, it: Registration) -> Option<Handler> {
    let (kind, name) = (it.kind?, it.name?);
    let known = code.name(name);
    // The elements of a list of tools are found where they are written.
    if known.is_none() && !is_imported(code, name) && code.prose(name).is_none() {
        return None;
    }
    let mut handler = Handler::new(kind, code.module.span(name), code.module.span(call.id));
    handler.name = known.or_else(|| code.prose(name));
    describe(code, &mut handler, it);
    if kind == HandlerKind::Tool && it.schema.is_none() {
        handler.input = Input::Declared;
    }
    run(code, &mut handler, it.callback);
    Some(handler)
}

/// Texts, schema and annotations of a handler.
fn describe(code: &Code<'_, '_>, handler: &mut Handler, it: Registration) {
    handler.title = it.title.and_then(|it| code.prose(it));
    handler.description = it.description.and_then(|it| code.prose(it));
    if let Some(schema) = it.schema.and_then(|it| zod::input(code, it)) {
        handler.declare(schema);
    }
    if let Some(given) = it.annotations {
        let value = code.literal(given);
        handler.has_annotations = true;
        handler.annotations = data::hints(value);
        let title = value.member("title").and_then(Data::text);
        handler.title = handler.title.take().or(title);
    }
}

/// The code that runs, and which of its parameters hold what the client sent.
fn run(code: &Code<'_, '_>, handler: &mut Handler, callback: Option<ExprId>) {
    let Some(function) = callback.and_then(|it| code.function(it)) else { return };
    handler.body = Body::Function(function);
    let inputs = code.inputs(function);
    handler.tainted = match handler.kind {
        // A tool without a schema gets no arguments, only what surrounds the call.
        HandlerKind::Tool if handler.parameters.is_empty() && handler.input == Input::Declared => Vec::new(),
        HandlerKind::ResourceTemplate => inputs.into_iter().take(2).collect(),
        _ => inputs.into_iter().take(1).collect(),
    };
}

/// `setRequestHandler(CallToolRequestSchema, callback)`.
fn dispatcher(code: &Code<'_, '_>, call: &Call<'_, '_>) -> Option<Handler> {
    let what = call.positional(0)?;
    let path = code.module.path(what);
    let name = path.rsplit(['.', '#', '?']).next().unwrap_or_default();
    let method = code.name(what).map_or_else(String::new, |it| it.text);
    let kind = match (name, method.as_str()) {
        ("CallToolRequestSchema", _) | (_, "tools/call") => HandlerKind::Dispatcher,
        ("ReadResourceRequestSchema", _) | (_, "resources/read") => HandlerKind::Resource,
        ("GetPromptRequestSchema", _) | (_, "prompts/get") => HandlerKind::Prompt,
        ("CompleteRequestSchema", _) | (_, "completion/complete") => HandlerKind::Completion,
        _ => return None,
    };
    let mut handler = Handler::new(kind, code.module.span(what), code.module.span(call.id));
    let callback = call.args.last().map(|arg| arg.value);
    run(code, &mut handler, callback);
    Some(handler)
}

/// An object that is a tool: a name beside a schema, or beside a description, a schema and code.
fn object(code: &Code<'_, '_>, id: ExprId) -> Option<Handler> {
    let value = code.literal(id);
    let own = |key: &str| value.member(key).map(|it| it.id);
    let name = own("name")?;
    let known = code.prose(name).filter(|it| it.is_whole || is_templated(it));
    let known = known.or_else(|| is_imported(code, name).then(Prose::default))?;
    let callback =
        CODE.iter().find_map(|key| own(key)).filter(|it| code.function(*it).is_some() || is_imported(code, *it));
    let schema = SCHEMAS.iter().find_map(|key| own(key));
    let is_tool = match (own("inputSchema"), callback) {
        // What has a title for a name is something else.
        (Some(_), None) => !known.text.contains(' '),
        (Some(_), Some(_)) => true,
        (None, Some(_)) => schema.is_some() && own("description").is_some(),
        (None, None) => false,
    };
    if !is_tool {
        return None;
    }
    let mut handler = Handler::new(HandlerKind::Tool, code.module.span(name), code.module.span(id));
    handler.name = Some(known).filter(|it| !it.pieces.is_empty());
    describe(
        code,
        &mut handler,
        Registration {
            title: own("title"),
            description: own("description"),
            schema,
            annotations: own("annotations"),
            ..Registration::default()
        },
    );
    run(code, &mut handler, callback);
    Some(handler)
}

/// Whether a name has fixed letters beside what is put in.
fn is_templated(name: &Prose) -> bool {
    !name.text.trim().is_empty()
}

/// A class that is a tool: fields `name` and `schema`, and a method that runs it.
fn class(code: &Code<'_, '_>, class: &Class<'_>) -> Option<Handler> {
    let field = |names: &[&str]| {
        let found = class.fields.iter().find(|field| names.contains(&field.name));
        found.and_then(|field| field.value)
    };
    let name = field(&["name", "toolName"])?;
    let schema = field(SCHEMAS)?;
    let method = class.methods.iter().copied().find(|method: &FunctionId| {
        code.module.function(*method).and_then(|it| it.name).is_some_and(|name| CODE.contains(&name))
    })?;
    let mut handler = Handler::new(HandlerKind::Tool, code.module.span(name), class.span);
    handler.name = Some(code.prose(name)?);
    let description = field(&["description"]);
    let annotations = field(&["annotations"]);
    describe(
        code,
        &mut handler,
        Registration { description, annotations, schema: Some(schema), ..Registration::default() },
    );
    // `schema = { path: { type: z.string(), description: "…" } }`
    for parameter in &mut handler.parameters {
        let Some(inner) = code.literal(schema).member(&parameter.name.text) else { continue };
        let Some(declared) = inner.member("type").and_then(|it| zod::declared(code, it.id, 0)) else { continue };
        parameter.schema = declared.schema;
        parameter.is_required = !declared.is_optional;
        parameter.description = inner.member("description").and_then(Data::text).or(declared.description);
    }
    handler.body = Body::Function(method);
    handler.tainted = code.inputs(method).into_iter().take(1).collect();
    Some(handler)
}

#[cfg(test)]
mod tests;
