package api

import (
	"cmp"
	"net/http"
	"slices"

	"chorus/internal/chat"
)

type roomPage struct {
	Rooms []roomCount `json:"rooms"`
	More  bool        `json:"more"`
}

type roomCount struct {
	Room  string `json:"room"`
	Count int    `json:"count"`
}

// rooms lists the rooms in which somebody is.
func (a *API) rooms(r *http.Request) (answer, error) {
	q, err := query(r, "after", "limit")
	if err != nil {
		return answer{}, err
	}
	after := ""
	if q["after"] != nil {
		if after, err = chat.Room(q.Get("after")); err != nil {
			return answer{}, checked("after", err)
		}
	}
	limit, err := limitOf(q)
	if err != nil {
		return answer{}, err
	}
	found, more, err := a.node.Bus.Rooms(r.Context(), after, limit)
	page := roomPage{More: more}
	for _, f := range found {
		page.Rooms = append(page.Rooms, roomCount(f))
	}
	return answer{http.StatusOK, page}, err
}

type roster struct {
	Room  string      `json:"room"`
	Count int         `json:"count"`
	Users []chat.User `json:"users,omitzero"` // there, though empty, where they are not too many
}

// roster says who is in a room.
func (a *API) roster(r *http.Request) (answer, error) {
	if _, err := query(r); err != nil {
		return answer{}, err
	}
	room, err := chat.Room(r.PathValue("room"))
	if err != nil {
		return answer{}, err
	}
	found, err := a.node.Bus.Roster(r.Context(), room)
	slices.SortFunc(found.Users, func(x, y chat.User) int { return cmp.Compare(x.ID, y.ID) })
	return answer{http.StatusOK, roster{Room: room, Count: found.Count, Users: found.Users}}, err
}
