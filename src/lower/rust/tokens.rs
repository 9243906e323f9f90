//! The arguments of macros and attributes, read out of their tokens as far as they look like expressions.

use super::{Field, Kind, State, Tree, made};
use crate::lower::ir::*;
use crate::lower::nodes::Made;
use crate::lower::syntax::SyntaxId;
use crate::text::Span;

/// What stands between two commas.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'a> {
    /// `name = value`, `name: value`, `"key": value`.
    key: Option<(&'a str, Span)>,
    value: ExprId,
}

/// Macros whose text takes the names between its braces.
const FORMATTING: &[&str] = &[
    "format",
    "format_args",
    "print",
    "println",
    "eprint",
    "eprintln",
    "write",
    "writeln",
    "panic",
    "todo",
    "unimplemented",
    "unreachable",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "trace",
    "debug",
    "info",
    "warn",
    "error",
    "log",
    "event",
    "span",
    "bail",
    "ensure",
    "anyhow",
    "eyre",
    "concatcp",
    "formatcp",
    "format_compact",
];

impl<'a> State<'a> {
    pub(super) fn macro_call(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> Made {
        let tokens = tree.children(id).find(|child| tree.kind(*child) == Kind::TokenTree);
        let mut args = tokens.map(|tokens| self.arguments(tokens)).unwrap_or_default();
        let callee = tree.expr_in_or_opaque(id, Field::Macro);
        self.call(tree, id, callee, &mut args)
    }

    fn call(&mut self, tree: &mut Tree<'a>, id: SyntaxId, callee: ExprId, args: &mut Vec<Arg<'a>>) -> Made {
        let name = match tree.b.module.kind(callee) {
            ExprKind::Name(name) | ExprKind::Field { name, .. } => name,
            _ => "",
        };
        if name == "vec" {
            let values: Vec<_> = args.iter().map(|arg| arg.value).collect();
            let values = tree.b.exprs(&values);
            return made(tree, id, ExprKind::List(values));
        }
        if FORMATTING.contains(&name) {
            let text = args.iter().find_map(|arg| match tree.b.module.kind(arg.value) {
                ExprKind::Str { content, .. } => Some(content),
                _ => None,
            });
            let scope = tree.scope(id);
            for (name, span) in text.map(|text| captured(tree.b.text(text), text.start)).unwrap_or_default() {
                if args.iter().any(|arg| arg.name == Some(name)) {
                    continue;
                }
                let kind = if name == "self" { ExprKind::This } else { ExprKind::Name(name) };
                let value = tree.b.expr(span, scope, kind);
                args.push(Arg { name: None, value });
            }
        }
        let args = tree.b.args(args);
        made(tree, id, ExprKind::Call { callee, args, form: CallForm::Macro })
    }

    /// The arguments in a token tree, which is read once.
    pub(super) fn arguments(&mut self, tokens: SyntaxId) -> Vec<Arg<'a>> {
        let pieces = self.trees.remove(&tokens).unwrap_or_default();
        pieces.into_iter().map(|piece| Arg { name: piece.key.map(|it| it.0), value: piece.value }).collect()
    }

    /// Read a token tree. Those inside of it have been read.
    pub(super) fn token_tree(&mut self, tree: &mut Tree<'a>, id: SyntaxId) {
        let is_comment = |kind| matches!(kind, Kind::LineComment | Kind::BlockComment);
        let tokens: Vec<_> = tree.children(id).filter(|child| !is_comment(tree.kind(*child))).collect();
        let inside = tokens.get(1..tokens.len().saturating_sub(1)).unwrap_or_default();
        let mut pieces = Vec::new();
        let mut rest = inside;
        while !rest.is_empty() {
            let end = rest.iter().position(|token| matches!(tree.text(*token), "," | ";" | "=>")).unwrap_or(rest.len());
            let (segment, behind) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            pieces.extend(self.piece(tree, segment));
            rest = behind.get(1..).unwrap_or_default();
        }
        self.trees.insert(id, pieces);
    }

    fn piece(&mut self, tree: &mut Tree<'a>, segment: &[SyntaxId]) -> Option<Piece<'a>> {
        let (mut key, mut at) = (None, 0);
        if let [first, sign, _, ..] = segment
            && matches!(tree.text(*sign), "=" | ":")
        {
            key = match (tree.kind(*first), tree.expr(*first).map(|it| tree.b.module.kind(it))) {
                (Kind::Identifier, _) => Some((tree.text(*first), tree.span(*first))),
                (_, Some(ExprKind::Str { content, .. })) => Some((tree.b.text(content), content)),
                _ => None,
            };
            at = if key.is_some() { 2 } else { 0 };
        }
        let mut operands = Vec::new();
        while at < segment.len() {
            let before = at;
            operands.extend(self.operand(tree, segment, &mut at));
            at = at.max(before + 1);
        }
        let value = match operands.as_slice() {
            [] => return None,
            [only] => *only,
            several => {
                let start = segment.first().map_or(0, |it| tree.span(*it).start);
                let end = segment.last().map_or(start, |it| tree.span(*it).end);
                let scope = segment.first().map_or(ScopeId(0), |it| tree.scope(*it));
                let parts = tree.b.exprs(several);
                tree.b.expr(Span::new(start, end), scope, ExprKind::Opaque(parts))
            }
        };
        Some(Piece { key, value })
    }

    /// A name, a literal or a group, with what follows it: fields, calls, indexes.
    fn operand(&mut self, tree: &mut Tree<'a>, segment: &[SyntaxId], at: &mut usize) -> Option<ExprId> {
        let first = *segment.get(*at)?;
        let start = tree.span(first).start;
        let scope = tree.scope(first);
        let mut expr = match tree.kind(first) {
            Kind::TokenTree => self.group(tree, first),
            _ => tree.expr(first)?,
        };
        *at += 1;
        while let Some(next) = segment.get(*at).copied() {
            let whole = Span::new(start, tree.span(next).end);
            let after = segment.get(*at + 1).copied();
            let is_path = matches!(tree.b.module.kind(expr), ExprKind::Name(_) | ExprKind::Field { .. });
            match (tree.text(next), after) {
                ("." | "::", Some(field)) if tree.text(field) == "await" => {
                    expr = tree.b.expr(Span::new(start, tree.span(field).end), scope, ExprKind::Await(expr));
                    *at += 2;
                }
                ("." | "::", Some(field)) if is_field(tree.kind(field)) => {
                    let kind = match (tree.text(next), tree.b.module.kind(expr)) {
                        // `self::name` is a name of this module.
                        ("::", ExprKind::This) => ExprKind::Name(tree.text(field)),
                        _ => ExprKind::Field { base: expr, name: tree.text(field) },
                    };
                    expr = tree.b.expr(Span::new(start, tree.span(field).end), scope, kind);
                    *at += 2;
                }
                // `::<T>`
                ("::", Some(open)) if tree.text(open) == "<" => {
                    let close = segment.iter().skip(*at).take(64).position(|it| tree.text(*it).starts_with('>'));
                    let Some(close) = close else { break };
                    *at += close + 1;
                }
                ("?", _) => {
                    expr = tree.b.expr(whole, scope, ExprKind::Unary { op: UnaryOp::Reference, operand: expr });
                    *at += 1;
                }
                ("!", Some(group)) if is_path && tree.kind(group) == Kind::TokenTree => {
                    let mut args = self.arguments(group);
                    if let Made::Expr(call) = self.call(tree, group, expr, &mut args) {
                        expr = call;
                    }
                    // The call begins with its name.
                    if let Some(call) = tree.b.module.exprs.get_mut(expr.index()) {
                        call.span.start = start;
                    }
                    *at += 2;
                }
                (text, _) if tree.kind(next) == Kind::TokenTree => {
                    let kind = match text.bytes().next() {
                        Some(b'(') => {
                            let args = self.arguments(next);
                            ExprKind::Call { callee: expr, args: tree.b.args(&args), form: CallForm::Call }
                        }
                        Some(b'[') => ExprKind::Index { base: expr, index: self.group(tree, next) },
                        _ if is_path && is_type(tree, expr) => {
                            let args = self.arguments(next);
                            ExprKind::Call { callee: expr, args: tree.b.args(&args), form: CallForm::New }
                        }
                        _ => break,
                    };
                    expr = tree.b.expr(whole, scope, kind);
                    *at += 1;
                }
                _ => break,
            }
        }
        Some(expr)
    }

    /// What a token tree is as an expression.
    fn group(&mut self, tree: &mut Tree<'a>, id: SyntaxId) -> ExprId {
        let pieces = self.trees.remove(&id).unwrap_or_default();
        let values: Vec<_> = pieces.iter().map(|piece| piece.value).collect();
        let kind = match (tree.text(id).bytes().next(), values.as_slice()) {
            (Some(b'('), [only]) => return *only,
            (Some(b'{'), _) if pieces.iter().any(|piece| piece.key.is_some()) => {
                let pairs: Vec<_> = pieces
                    .iter()
                    .map(|piece| Pair { key: piece.key.map(|(key, span)| Key::Plain(key, span)), value: piece.value })
                    .collect();
                ExprKind::Object(tree.b.pairs(&pairs))
            }
            (Some(b'{'), values) => ExprKind::Opaque(tree.b.exprs(values)),
            (_, values) => ExprKind::List(tree.b.exprs(values)),
        };
        tree.new_expr(id, kind)
    }
}

fn is_field(kind: Kind) -> bool {
    matches!(kind, Kind::Identifier | Kind::Integer | Kind::PrimitiveType)
}

/// Whether a path is that of a type, by its last name.
fn is_type(tree: &Tree<'_>, path: ExprId) -> bool {
    match tree.b.module.kind(path) {
        ExprKind::Name(name) | ExprKind::Field { name, .. } => name.chars().next().is_some_and(char::is_uppercase),
        _ => false,
    }
}

/// The names between the braces of a text for formatting: `{name}`, `{name:?}`.
fn captured(text: &str, start: usize) -> Vec<(&str, Span)> {
    let mut found = Vec::new();
    let mut rest = 0;
    while let Some(open) = text.get(rest..).and_then(|it| it.find('{')) {
        let from = rest + open + 1;
        let after = text.get(from..).unwrap_or_default();
        if after.starts_with('{') {
            rest = from + 1;
            continue;
        }
        let len = after.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(after.len());
        let name = after.get(..len).unwrap_or_default();
        let is_closed = after.get(len..).is_some_and(|it| it.starts_with(['}', ':']));
        if is_closed && name.chars().next().is_some_and(|it| !it.is_numeric()) {
            found.push((name, Span::new(start + from, start + from + len)));
        }
        rest = from;
    }
    found
}
