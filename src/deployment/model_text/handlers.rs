//! What the handlers that source code registers tell a model.

use super::{Part, Piece, PieceKind, Pieces};
use crate::deployment::tools::{Handler, HandlerKind, Prose, Role, Spelling};
use crate::document::Quote;

/// The pieces of text of handlers.
pub fn pieces_of_handlers(handlers: &[Handler], out: &mut Pieces) {
    for handler in handlers {
        for (role, prose) in handler.texts() {
            let kind = match (role, handler.kind) {
                (Role::Name | Role::ParameterName, _) => PieceKind::Name,
                (Role::ParameterDescription | Role::Value, _) => PieceKind::Parameter,
                (_, HandlerKind::Prompt) => PieceKind::Prompt,
                (_, HandlerKind::Resource | HandlerKind::ResourceTemplate) => PieceKind::Resource,
                _ => PieceKind::Tool,
            };
            if let Some(piece) = piece(kind, handler.name(), prose) {
                out.push(piece);
            }
        }
    }
}

fn piece(kind: PieceKind, owner: &str, prose: &Prose) -> Option<Piece> {
    let is_raw = |spelling| match spelling {
        Spelling::Literal { is_raw } => is_raw,
        Spelling::Plain => true,
        Spelling::Data(quote) => quote != Quote::Escaped,
    };
    let parts = prose.pieces.iter().map(|piece| Part { content: piece.span, is_raw: is_raw(piece.spelling) });
    let mut parts: Vec<Part> = parts.collect();
    let first = *parts.first()?;
    Some(Piece { parts: std::mem::take(&mut parts), ..Piece::new(kind, owner, first) })
}
