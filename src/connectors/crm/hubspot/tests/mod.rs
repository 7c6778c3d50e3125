mod feed;
mod memory;
mod push;
mod refusals;
mod values;
