<?php

namespace App\Mail;

use App\User;

const RETRIES = 3;

interface Sender
{
    public function send(string $to): bool;
}

trait Logs
{
    protected function log(string $line): void
    {
        error_log($line);
    }
}

/**
 * Sends mail by SMTP.
 */
#[AsService]
final class Mailer implements Sender
{
    use Logs;

    public function __construct(private string $host)
    {
    }

    public function send(string $to): bool
    {
        $this->log("to {$to}");
        return true;
    }
}

enum Priority: int
{
    case Low = 1;
    case High = 2;
}

function mailer(): Mailer
{
    return new Mailer('localhost');
}
