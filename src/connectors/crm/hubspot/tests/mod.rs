mod feed;
mod push;
mod refusals;
mod values;
