//! `call`: a call of something, by its resolved name, with what its arguments must be.

use super::callee::Callees;
use super::skeleton::skeleton;
use super::source::{Called, Code};
use super::talk::{Said, Talk};
use super::value::ValueTest;
use super::{Scope, captured};
use crate::lower::{CallForm, ExprId, ExprKind};
use crate::matcher::{Capture, Match, Output, Subject};
use crate::rule::{Expression, Problems, TableReader, last_name};
use crate::text::Span;

pub(super) const CAPTURES: &[&str] =
    &["callee", "path", "argument", "setting", "what", "text", "shape", "function", "noted"];

#[derive(Debug)]
pub struct CallMatcher {
    scope: Scope,
    callees: Callees,
    except: Callees,
    /// What stands in front of the last name, as a path.
    receiver: Option<Expression>,
    /// The same as it is written: what a chain of calls has set before.
    chain: Option<Expression>,
    arguments: Vec<ArgumentTest>,
    form: Option<CallForm>,
    /// Whether what it gives is what the function returns, or part of it.
    is_returned: Option<bool>,
    in_catch: Option<bool>,
    /// The name of the function around.
    function: Option<Expression>,
    /// Calls that the same function, or the same file, makes or does not make.
    in_function: Nearby,
    in_file: Nearby,
    /// Calls that the block in which it stands does not make.
    without_in_block: Callees,
    /// One call that the same file must make, with what its arguments must be.
    beside: Option<Beside>,
    /// The same, which it must not make.
    without_beside: Option<Beside>,
    talk: Talk,
    points_at: PointsAt,
}

#[derive(Debug, Default)]
struct Nearby {
    with: Callees,
    without: Callees,
}

#[derive(Debug)]
struct Beside {
    callees: Callees,
    arguments: Vec<ArgumentTest>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PointsAt {
    Call,
    Callee,
    /// The argument of the condition with this number.
    Argument(usize),
}

/// A condition on one argument, or on all that it may be.
#[derive(Debug)]
struct ArgumentTest {
    /// The position from 0.
    at: Option<usize>,
    /// The keyword, one of these.
    names: Vec<String>,
    /// The entry of the object that the argument is, or the number of the element of a list; a dot goes further in.
    key: Option<String>,
    /// Any argument at all.
    is_any: bool,
    /// `absent` or `present`.
    presence: Option<bool>,
    test: ValueTest,
    /// The condition must not hold of any.
    is_not: bool,
}

impl CallMatcher {
    pub(super) fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Option<Self> {
        let scope = Scope::read(table, problems);
        let callees = Callees::read(table, "callee", problems);
        if callees.is_empty() {
            problems.add(table.span(), "`callee` is missing");
            return None;
        }
        let except = Callees::read(table, "except", problems);
        let receiver = table.expression("receiver", problems);
        let chain = table.expression("chain", problems);
        let form = table.str("form", problems).and_then(|text| match text.value {
            "new" => Some(CallForm::New),
            "tagged" => Some(CallForm::Tagged),
            "macro" => Some(CallForm::Macro),
            "call" => Some(CallForm::Call),
            _ => {
                problems.add(text.span, "`form` is one of call, new, tagged, macro");
                None
            }
        });
        let is_returned = table.bool("returned", problems);
        let in_catch = table.bool("in-catch", problems);
        let function = table.expression("function", problems);
        let with = Callees::read(table, "with-in-function", problems);
        let in_function = Nearby { with, without: Callees::read(table, "without-in-function", problems) };
        let with = Callees::read(table, "with-in-file", problems);
        let in_file = Nearby { with, without: Callees::read(table, "without-in-file", problems) };
        let without_in_block = Callees::read(table, "without-in-block", problems);
        let mut points_at = PointsAt::Call;
        if let Some(text) = table.str("points-at", problems) {
            match text.value {
                "call" => {}
                "callee" => points_at = PointsAt::Callee,
                "argument" => points_at = PointsAt::Argument(0),
                _ => problems.add(text.span, "`points-at` is one of call, callee, argument"),
            }
        }
        let arguments = ArgumentTest::read_all(table, problems);
        let beside = Beside::read(table, "beside", problems);
        let without_beside = Beside::read(table, "without-beside", problems);
        let talk = Talk::read(table, problems);
        if points_at == PointsAt::Argument(0) && arguments.is_empty() {
            problems.add(table.span(), "`points-at = \"argument\"` needs an argument");
        }
        Some(Self {
            scope,
            callees,
            except,
            receiver,
            chain,
            arguments,
            form,
            is_returned,
            in_catch,
            function,
            in_function,
            in_file,
            without_in_block,
            beside,
            without_beside,
            talk,
            points_at,
        })
    }

    pub(super) fn scope(&self) -> &Scope {
        &self.scope
    }

    pub(super) fn anchors(&self) -> Vec<Vec<u8>> {
        self.callees.anchors()
    }

    pub(super) fn run(&self, subject: &Subject<'_>, code: &Code<'_>, out: &mut Output) {
        let said = Said::default();
        match self.callees.last_names() {
            Some(names) => {
                for name in names {
                    code.calls_of(name).for_each(|call| self.judge(subject, code, call, &said, out));
                }
            }
            None => code.all_calls().iter().for_each(|call| self.judge(subject, code, call, &said, out)),
        }
    }

    fn judge(&self, subject: &Subject<'_>, code: &Code<'_>, call: &Called, said: &Said, out: &mut Output) {
        if !self.callees.fits(&call.path) || self.except.fits(&call.path) {
            return;
        }
        if self
            .form
            .is_some_and(|wanted| !matches!(code.module.kind(call.expr), ExprKind::Call { form, .. } if form == wanted))
        {
            return;
        }
        let receiver = || call.path.rsplit_once('.').map_or("", |(receiver, _)| receiver);
        if self.receiver.as_ref().is_some_and(|regex| !regex.is_match(receiver())) {
            return;
        }
        if self.chain.as_ref().is_some_and(|regex| !regex.is_match(chain(code, call))) {
            return;
        }
        let mut pointed = None;
        for (at, test) in self.arguments.iter().enumerate() {
            let Some(found) = test.holds(subject, code, call.expr) else { return };
            if self.points_at == PointsAt::Argument(at) || pointed.is_none() {
                pointed = pointed.or(found);
            }
        }
        if self.is_returned.is_some_and(|wanted| code.is_returned(call.expr) != wanted)
            || self.in_catch.is_some_and(|wanted| code.is_in_catch(call.expr) != wanted)
            || self
                .function
                .as_ref()
                .is_some_and(|regex| !code.function_name(call.expr).is_some_and(|it| regex.is_match(it)))
            || !self.nearby(code, call)
            || !self.beside.as_ref().is_none_or(|beside| beside.is_there(subject, code))
            || self.without_beside.as_ref().is_some_and(|beside| beside.is_there(subject, code))
            || !self.talk.holds(code, said)
        {
            return;
        }
        let span = match (self.points_at, pointed) {
            (PointsAt::Argument(_), Some(argument)) => code.module.span(argument),
            (PointsAt::Callee, _) => code.module.span(call.callee),
            _ => code.module.span(call.expr),
        };
        out.push(self.found(code, call, pointed, span, said));
    }

    fn found(&self, code: &Code<'_>, call: &Called, pointed: Option<ExprId>, span: Span, said: &Said) -> Match {
        let module = &code.module;
        let text = |span: Span| captured(span.slice(module.text).unwrap_or_default());
        let callee = module.span(call.callee);
        let argument = pointed.map_or(callee, |pointed| module.span(pointed));
        let constant = pointed.and_then(|pointed| module.constant(pointed)).unwrap_or_default();
        // For conditions of pages, not for messages.
        let shape = pointed.and_then(|pointed| skeleton(code, pointed)).unwrap_or_default();
        let captures = vec![
            Capture::at("callee", text(callee), callee),
            Capture::new("path", call.path.trim_start_matches(['#', '?'])),
            Capture::at("argument", text(argument), argument),
            // As `shell` and `server` call it, so that a page may ask all of them.
            Capture::new("setting", setting(code, call, pointed, &text(argument))),
            Capture::new("what", text(span)),
            Capture::new("text", captured(&constant)),
            Capture::new("shape", shape),
            Capture::new("function", code.function_name(call.expr).unwrap_or("this module")),
            Capture::new("noted", self.talk.noted(code, said)),
        ];
        Match { span: Some(span), captures, ..Match::default() }
    }

    fn nearby(&self, code: &Code<'_>, call: &Called) -> bool {
        let Nearby { with, without } = &self.in_function;
        if !with.is_empty() || !without.is_empty() {
            let function = code.module.function_of(call.expr);
            let here = |other: &&Called| code.module.function_of(other.expr) == function;
            let mut others = code.all_calls().iter();
            if !with.is_empty() && !others.clone().filter(here).any(|other| with.fits(&other.path)) {
                return false;
            }
            if !without.is_empty() && others.any(|other| without.fits(&other.path) && here(&other)) {
                return false;
            }
        }
        if !self.without_in_block.is_empty() {
            let block = code.block_around(call.expr);
            let is_inside = |other: &&Called| block.is_some_and(|block| block.contains(code.module.span(other.expr)));
            if code.all_calls().iter().filter(is_inside).any(|other| self.without_in_block.fits(&other.path)) {
                return false;
            }
        }
        let Nearby { with, without } = &self.in_file;
        (with.is_empty() || code.all_calls().iter().any(|other| with.fits(&other.path)))
            && (without.is_empty() || !code.all_calls().iter().any(|other| without.fits(&other.path)))
    }
}

impl Beside {
    fn read(table: &mut TableReader<'_>, key: &'static str, problems: &mut Problems) -> Option<Self> {
        if !table.has(key) {
            table.node(key);
            return None;
        }
        let mut inner = table.table(key, problems)?;
        let callees = Callees::read(&mut inner, "callee", problems);
        let out = Self { callees, arguments: ArgumentTest::read_all(&mut inner, problems) };
        inner.finish(problems);
        Some(out)
    }

    fn is_there(&self, subject: &Subject<'_>, code: &Code<'_>) -> bool {
        let fits = |call: &&Called| self.callees.fits(&call.path);
        let holds = |call: &Called| self.arguments.iter().all(|test| test.holds(subject, code, call.expr).is_some());
        code.all_calls().iter().filter(fits).any(holds)
    }
}

impl ArgumentTest {
    /// `argument` for one condition, `arguments` for several.
    fn read_all(table: &mut TableReader<'_>, problems: &mut Problems) -> Vec<Self> {
        let mut out = Vec::new();
        if table.has("argument") {
            if let Some(mut inner) = table.table("argument", problems) {
                out.extend(Self::read(&mut inner, problems));
                inner.finish(problems);
            }
        } else {
            table.node("argument");
        }
        if table.has("arguments") {
            for mut inner in table.tables("arguments", problems) {
                out.extend(Self::read(&mut inner, problems));
                inner.finish(problems);
            }
        } else {
            table.node("arguments");
        }
        out
    }

    fn read(table: &mut TableReader<'_>, problems: &mut Problems) -> Option<Self> {
        let at = table.has("at").then(|| table.integer("at", problems)).flatten();
        let at = at.and_then(|at| usize::try_from(at).ok());
        if at.is_none() {
            table.node("at");
        }
        let names = table.owned_strings("name", problems);
        let key = table.str("key", problems).map(|text| text.value.to_owned());
        let is_any = table.bool("any", problems) == Some(true);
        let is_not = table.bool("not", problems) == Some(true);
        let (test, also) = ValueTest::read(table, &["absent", "present"], problems);
        let presence = also.first().map(|word| *word == "present");
        if at.is_none() && names.is_empty() && !is_any {
            problems.add(table.span(), "an argument is said by `at`, `name` or `any`");
            return None;
        }
        if presence.is_none() && test.is_empty() {
            problems.add(table.span(), "an argument needs `is`, `matches`, `named` or `path`");
        }
        Some(Self { at, names, key, is_any, presence, test, is_not })
    }

    /// Whether the condition holds, and of which argument. Nothing is said of what a spread may hold.
    fn holds(&self, subject: &Subject<'_>, code: &Code<'_>, call: ExprId) -> Option<Option<ExprId>> {
        let found = self.candidates(code, call);
        if let Some(present) = self.presence {
            let is_hidden = found.is_empty() && self.may_be_hidden(code, call);
            if is_hidden || found.is_empty() == present {
                return None;
            }
            if self.test.is_empty() {
                return Some(found.first().copied());
            }
        }
        let holds = |expr: &&ExprId| self.test.holds(code, **expr, subject.knowledge);
        if self.is_not {
            return (!found.iter().any(|expr| holds(&expr)) && !self.may_be_hidden(code, call)).then_some(None);
        }
        found.iter().find(holds).map(|expr| Some(*expr))
    }

    fn candidates(&self, code: &Code<'_>, call: ExprId) -> Vec<ExprId> {
        let args = code.args(call);
        let is_spread = |value: ExprId| matches!(code.module.kind(value), ExprKind::Spread(_));
        let mut out = Vec::new();
        for (at, arg) in args.iter().enumerate() {
            let is_positional = arg.name.is_none() && !is_spread(arg.value);
            let fits = match arg.name {
                Some(name) => self.names.iter().any(|wanted| wanted == name),
                None => self.at == Some(at) && !args.iter().take(at).any(|arg| is_spread(arg.value)),
            };
            if self.is_any && (is_positional || arg.name.is_some()) || fits && !is_spread(arg.value) {
                out.push(arg.value);
            }
        }
        let Some(key) = &self.key else { return out };
        let inside = |object: ExprId| key.split('.').try_fold(object, |object, key| within(code, object, key));
        out.into_iter().filter_map(inside).collect()
    }

    /// Whether the argument may be there and not be seen: in something spread, or in an object that is not written here.
    fn may_be_hidden(&self, code: &Code<'_>, call: ExprId) -> bool {
        let spreads = |id: ExprId| matches!(code.module.kind(id), ExprKind::Spread(_));
        if code.args(call).iter().any(|arg| spreads(arg.value)) {
            return true;
        }
        let Some(key) = &self.key else { return false };
        // Down to where the object is no longer written out.
        let mut object = code.args(call).iter().enumerate().find_map(|(at, arg)| {
            let fits = arg.name.map_or(self.at == Some(at), |name| self.names.iter().any(|wanted| wanted == name));
            fits.then_some(arg.value)
        });
        for key in key.split('.') {
            let Some(here) = object else { return false };
            let is_open = match code.module.kind(code.module.value_of(here)) {
                ExprKind::Object(list) => code.module.pairs(list).iter().any(|pair| pair.key.is_none()),
                ExprKind::List(list) => code.module.exprs_of(list).iter().any(|element| spreads(*element)),
                _ => true,
            };
            if is_open {
                return true;
            }
            object = within(code, here, key);
        }
        false
    }
}

/// The entry of an object, or the element of a list that no spread stands before.
fn within(code: &Code<'_>, whole: ExprId, key: &str) -> Option<ExprId> {
    let module = &code.module;
    let ExprKind::List(list) = module.kind(module.value_of(whole)) else { return module.member(whole, key) };
    let before = module.exprs_of(list).get(..=key.parse::<usize>().ok()?)?;
    let is_spread = |id: &ExprId| matches!(module.kind(*id), ExprKind::Spread(_));
    before.last().copied().filter(|_| !before.iter().any(is_spread))
}

/// The argument with the name that it is given under: `verify=False`, `danger_accept_invalid_certs(true)`.
fn setting(code: &Code<'_>, call: &Called, pointed: Option<ExprId>, argument: &str) -> String {
    let Some(pointed) = pointed else { return argument.to_owned() };
    match code.args(call.expr).iter().find(|arg| arg.value == pointed).map(|arg| arg.name) {
        Some(Some(name)) => format!("{name}={argument}"),
        Some(None) => format!("{}({argument})", last_name(&call.path)),
        None => argument.to_owned(),
    }
}

/// The text in front of the last name of a callee.
fn chain<'a>(code: &Code<'a>, call: &Called) -> &'a str {
    match code.module.kind(call.callee) {
        ExprKind::Field { base, .. } => code.module.span(base).slice(code.module.text).unwrap_or_default(),
        _ => "",
    }
}
