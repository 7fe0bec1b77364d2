//! entity_tag
