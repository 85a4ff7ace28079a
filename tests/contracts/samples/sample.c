#include <stdio.h>
#include <stdlib.h>

#define BUFFER_SIZE 4096
#define MAX(a, b) ((a) > (b) ? (a) : (b))

typedef unsigned long word_t;

struct node {
    struct node *next;
    int value;
};

typedef struct {
    struct node *head;
    size_t length;
} list_t;

enum color { RED, GREEN };

static const int limit = 10;

int (*handler)(int signal) = NULL;

int list_push(list_t *list, int value);

/* Adds a value at the front. */
int list_push(list_t *list, int value)
{
    struct node *node = malloc(sizeof *node);
    if (!node)
        return -1;
    node->next = list->head;
    list->head = node;
    return 0;
}

static struct node *list_pop(list_t *list)
{
    struct node *node = list->head;
    list->head = node->next;
    return node;
}
