package behaviour

import (
	"tincan/behaviour/chat"
	"tincan/behaviour/names"
)

// A clean name always fits a message.
const _ = uint(chat.MaxName - names.MaxBytes)

// CleanName makes a name that somebody claims fit to be compared and shown; ""
// means that nothing of it is.
func CleanName(name string) string { return names.Clean(name) }

// CheckName judges the name that a user has chosen for himself: the name as all
// will see it, or why it cannot be used.
func CheckName(name string) (clean, why string) { return names.Check(name) }

// Skeleton is the same for names that look alike.
func Skeleton(name string) string { return names.Skeleton(name) }

// CleanChannel turns what a user calls a channel into the conversation, or says
// why there can be none of that name.
func CleanChannel(typed string) (c chat.Conversation, why string) {
	name, why := names.Channel(typed)
	return chat.Conversation(name), why
}
