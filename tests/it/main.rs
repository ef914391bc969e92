
mod manage;
mod webhook_url;
